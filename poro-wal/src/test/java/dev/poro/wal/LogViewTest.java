package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.StorageException;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A log as it was at one moment, whatever becomes of it: snapshots of sequences 40 and 80, and 100 events.
 *
 * @see BoundedFile
 * @see ForwardingStorage
 * @see ReadOnlyStorage
 */
@Tag("R35")
class LogViewTest {
    private static final String OLDER = SnapshotDescriptor.nameOf(40);
    private static final String NEWER = SnapshotDescriptor.nameOf(80);
    private static final String FIRST = SegmentDescriptor.nameOf(1);
    private static final String SECOND = SegmentDescriptor.nameOf(2);

    private final SimulatedStorage storage = new SimulatedStorage();
    private TestLog log;

    @BeforeEach
    void write() throws IOException {
        log = TestLog.open(storage, TestLog.settings(SyncPolicy.OS), new SteppedWorkers())
                .startSnapshots();
        log.appendMany(40, 500);
        log.log().takeSnapshot();
        log.appendMany(40, 500);
        log.log().takeSnapshot();
        log.appendMany(20, 500);
    }

    @Test
    void hasNeitherLaterEventsNorLaterFilesAndKeepsThoseThatAreDeleted() throws IOException {
        try (LogView view = LogView.of(storage)) {
            List<String> names = view.list();
            log.appendMany(100, 500);
            log.log().takeSnapshot();
            log.appendMany(1, 500);
            log.log().takeSnapshot();
            assertThat(storage.names()).doesNotContain(SECOND, OLDER, NEWER);

            RecoveryReport found = TestLogs.examine(view);

            assertThat(view.list()).isEqualTo(names);
            assertThat(found.verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
            assertThat(found.lastSequence()).isEqualTo(100);
        }
    }

    @Test
    void holdsOneHandleOfEachFileAndGivesItBack() throws IOException {
        int open = storage.openFiles().size();
        try (LogView view = LogView.of(storage)) {
            int files = view.list().size();
            TestLogs.examine(view);
            assertThat(storage.openFiles()).hasSize(open + files);
        }
        assertThat(storage.openFiles()).hasSize(open);
    }

    @Test
    void holdsNoHandleOfPinnedFiles() throws IOException {
        int open = storage.openFiles().size();
        try (LogView view = LogView.ofPinned(storage, () -> {})) {
            assertThat(storage.openFiles()).hasSize(open);
            assertThat(TestLogs.examine(view).lastSequence()).isEqualTo(100);
        }
    }

    @Test
    void closesWhatItHasOpenedIfAFileCannotBe() {
        int open = storage.openFiles().size();
        storage.failAlways(operation -> operation.startsWith("openReadOnly " + SECOND), "Too many open files");

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> LogView.of(storage))
                .withMessageContaining(SECOND)
                .withMessageContaining("Too many open files");

        assertThat(storage.openFiles()).hasSize(open);
    }

    /** Two snapshots are written between the list of the snapshots and that of the segments. */
    @Test
    void beginsOnceMoreIfWhatItHasListedLeadsNowhere() throws IOException {
        int[] moments = new int[1];
        try (LogView view = LogView.of(storage, () -> {
            if (++moments[0] == 1) {
                log.appendMany(100, 500);
                log.log().takeSnapshot();
                log.appendMany(1, 500);
                log.log().takeSnapshot();
            }
        })) {
            assertThat(moments[0]).isEqualTo(2);
            RecoveryReport found = TestLogs.examine(view);
            assertThat(found.verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
            assertThat(found.lastSequence()).isEqualTo(201);
        }
    }

    @Test
    void doesNotBeginOnceMoreForALogThatLeadsNowhere() throws IOException {
        log.kill(storage);
        storage.remove(SECOND);
        storage.remove(FIRST);
        storage.remove(OLDER);
        storage.remove(NEWER);
        int[] moments = new int[1];

        try (LogView view = LogView.of(storage, () -> moments[0]++)) {
            assertThat(moments[0]).isEqualTo(1);
            assertThat(TestLogs.examine(view).verdict()).isEqualTo(RecoveryReport.Verdict.DAMAGED);
        }
    }

    /** Damage is not taken for what is being written, although somebody writes. */
    @Test
    void damageStaysDamageBesideAWriter() throws IOException {
        String last = last();
        long damaged = TestLogs.endOf(storage, last) - 20L;
        storage.beforeEach(new DamageThenWrites(last, damaged));

        try (LogView view = LogView.of(storage)) {
            RecoveryReport found = TestLogs.examine(view);
            assertThat(found.verdict()).isNotEqualTo(RecoveryReport.Verdict.SOUND);
            assertThat(found.lastSequence()).isEqualTo(99);
        }
    }

    @Test
    void changesNothing() throws IOException {
        try (LogView view = LogView.of(storage)) {
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> view.delete(FIRST));
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> view.create("x"));
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> view.open(FIRST));
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> view.rename(FIRST, "x"));
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(view::forceDirectory);
        }
    }

    private String last() throws IOException {
        return TestLogs.examine(storage).segments().stream()
                .filter(SegmentReport::isStarted)
                .reduce((one, other) -> other)
                .orElseThrow()
                .file();
    }

    /** Damages the last event before the first operation; before each later one an event is written. */
    private final class DamageThenWrites implements Consumer<String> {
        private final String file;
        private final long offset;
        private boolean busy;
        private boolean damaged;

        DamageThenWrites(String file, long offset) {
            this.file = file;
            this.offset = offset;
        }

        @Override
        public void accept(String operation) {
            if (busy) {
                return;
            }
            busy = true;
            if (!damaged) {
                damaged = true;
                storage.flipBit(file, 8 * offset);
            } else {
                log.append("key", "value");
            }
            busy = false;
        }
    }
}
