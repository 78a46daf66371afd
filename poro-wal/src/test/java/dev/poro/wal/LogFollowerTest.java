package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.events.EventType;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A follower of a log sees each event once, in order, however the store writes meanwhile. */
class LogFollowerTest {
    private static final RestorePoint BEGINNING = RestorePoint.ofSequence(1).before();

    private final SteppedWorkers workers = new SteppedWorkers();
    private final List<Event> seen = new ArrayList<>();
    private final LogVisitor visitor = TestLog.collectorOf(seen);

    private SimulatedStorage storage;
    private LogFollower follower;
    private boolean writing;

    @BeforeEach
    void makeDisk() {
        storage = new SimulatedStorage(17);
        follower = LogFollower.of(storage, ReplayProgress.NONE, workers);
    }

    @AfterEach
    void releaseDisk() throws IOException {
        follower.close();
        storage.release();
    }

    private TestLog open(SyncPolicy policy) throws IOException {
        return TestLog.open(storage, TestLog.settings(policy), workers).startSnapshots();
    }

    /** The writer moves between any two operations of the reader, for a while. */
    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void seesWhatIsAppendedOnceBesideAWriter(SyncPolicy policy) throws IOException {
        TestLog log = open(policy);
        log.appendMany(40, 500);
        storage.beforeEach(operation -> {
            if (!writing && !workers.isRunning() && log.acknowledged().size() < 400) {
                writing = true;
                log.publish("key-" + log.acknowledged().size(), "v".repeat(300));
                log.publish("key-" + log.acknowledged().size() % 7, "w").handle();
                writing = false;
            }
        });

        RecoveryReport found = follower.readAll(visitor);

        assertThat(found.verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(follower.lastSequence()).isEqualTo(found.lastSequence()).isLessThan(400);
        while (follower.readAppended(visitor)) {
            assertThat(seen).isEqualTo(log.acknowledged().subList(0, seen.size()));
        }
        storage.beforeEach(operation -> {});
        assertThat(seen).isEqualTo(log.acknowledged()).hasSizeGreaterThanOrEqualTo(400);
        log.publishMark(EventType.DIGEST_MARK).handle();
        assertThat(follower.readAppended(visitor)).isTrue();
        assertThat(follower.lastSequence()).isEqualTo(log.acknowledged().size());
        log.abandon();
    }

    /** The store fills the segment, and begins the next one, between any two operations of a look. */
    @Test
    void missesNothingOfASegmentThatIsLeftMeanwhile() throws IOException {
        TestLog log = open(SyncPolicy.ALWAYS);
        log.appendMany(1, 500);
        follower.readAll(visitor);
        for (int nth = 1; nth <= 12; nth++) {
            int[] left = {nth};
            storage.beforeEach(operation -> {
                if (!writing && !workers.isRunning() && --left[0] == 0) {
                    writing = true;
                    log.appendMany(45, 500);
                    writing = false;
                }
            });
            while (follower.readAppended(visitor)) {
                assertThat(seen).isEqualTo(log.acknowledged().subList(0, seen.size()));
            }
        }
        storage.beforeEach(operation -> {});
        follower.readAppended(visitor);
        assertThat(seen).isEqualTo(log.acknowledged()).hasSizeGreaterThan(200);
        log.abandon();
    }

    @Test
    void goesOnWithTheNextOpening() throws IOException {
        TestLog first = open(SyncPolicy.ALWAYS);
        first.append("a", "1");
        follower.readAll(visitor);
        first.append("b", "2");
        first.kill(storage);
        TestLog second = open(SyncPolicy.ALWAYS);
        second.append("c", "3");

        assertThat(follower.readAppended(visitor)).isTrue();

        assertThat(seen).isEqualTo(second.all()).hasSize(3);
        second.abandon();
    }

    /** A frame that is not there as a whole is being written, until a later segment shows that it is damaged. */
    @Test
    void waitsForAFrameThatIsBeingWritten() throws IOException {
        TestLog log = open(SyncPolicy.ALWAYS);
        log.append("a", "1");
        follower.readAll(visitor);
        log.append("b", "half-written");
        String segment = SegmentDescriptor.nameOf(1);
        long bit = 8L * new String(storage.bytes(segment), StandardCharsets.ISO_8859_1).indexOf("half-written");
        storage.flipBit(segment, bit);
        assertThat(follower.readAppended(visitor)).isFalse();
        assertThat(follower.readAppended(visitor)).isFalse();
        storage.flipBit(segment, bit);
        assertThat(follower.readAppended(visitor)).isTrue();
        assertThat(seen).isEqualTo(log.acknowledged());

        log.append("c", "half-written, too");
        storage.flipBit(segment, 8L * lastIndexOf(segment, "half-written, too"));
        log.appendMany(40, 500);
        assertThatExceptionOfType(LogDamagedException.class)
                .isThrownBy(() -> follower.readAppended(visitor))
                .withMessageContaining("frame body fails its checksum")
                .withMessageContaining("(sequence 3)");
        assertThat(seen).hasSize(2);
        log.abandon();
    }

    private int lastIndexOf(String segment, String text) {
        return new String(storage.bytes(segment), StandardCharsets.ISO_8859_1).lastIndexOf(text);
    }

    @Test
    void tellsThatWhatComesNextWasReleased() throws IOException {
        TestLog log = open(SyncPolicy.ALWAYS);
        log.append("a", "1");
        follower.readAll(visitor);
        release(log);

        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> follower.readAppended(visitor))
                .withMessageContaining("released")
                .withMessageContaining("Begin again");
        log.abandon();
    }

    private static void release(TestLog log) {
        for (int i = 0; i < 3; i++) {
            log.appendMany(60, 500);
            log.log().takeSnapshot();
        }
    }

    /** The beginning of what is left is a snapshot. Before it, nothing can be answered; all of it can. */
    @Test
    void namesTheEarliestPointOfALogWhoseBeginningWasReleased() throws IOException {
        TestLog log = open(SyncPolicy.ALWAYS);
        release(log);
        long earliest =
                SnapshotDescriptor.sequenceOf(LogFiles.snapshots(storage).get(0));
        assertThat(LogFiles.segments(storage)).doesNotContain(SegmentDescriptor.nameOf(1));

        for (RestorePoint early : List.of(BEGINNING, RestorePoint.ofSequence(earliest - 1), RestorePoint.ofTime(1))) {
            assertThatExceptionOfType(LogException.class)
                    .isThrownBy(() -> follower.readAfter(early, visitor))
                    .withMessageContaining("The earliest point is sequence " + earliest + " (")
                    .withMessageContaining("that of sequence " + (earliest + 1) + ".");
        }
        assertThat(seen).isEmpty();
        RecoveryReport newest = follower.readAfter(RestorePoint.LATEST, LogVisitor.NONE);
        assertThat(newest.snapshot().summary().sequence()).isGreaterThan(earliest);
        RecoveryReport all = follower.readAll(visitor);
        assertThat(all.snapshot().summary().sequence()).isEqualTo(earliest);
        assertThat(seen.get(0).sequence()).isEqualTo(earliest + 1);
        seen.clear();
        follower.readAfter(RestorePoint.ofSequence(earliest), visitor);
        assertThat(seen.get(0).sequence()).isEqualTo(earliest + 1);
        log.abandon();
    }

    @Test
    void tellsThatAnotherLogHasTakenThePlace() throws IOException {
        try (TestLog log = open(SyncPolicy.ALWAYS)) {
            log.append("a", "1");
        }
        follower.readAll(visitor);
        SimulatedStorage another = new SimulatedStorage();
        try (TestLog log = TestLog.open(another, TestLog.settings(SyncPolicy.ALWAYS), workers)) {
            log.append("another", "1");
        }
        for (String name : storage.names()) {
            storage.remove(name);
        }
        for (String name : another.names()) {
            storage.put(name, another.bytes(name));
        }
        another.release();

        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> follower.readAppended(visitor))
                .withMessageContaining("another one has taken its place");
        for (String name : storage.names()) {
            storage.remove(name);
        }
        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> follower.readAppended(visitor))
                .withMessageContaining("the log was removed");
    }

    @Test
    void whatTheVisitorRefusesIsDamage() throws IOException {
        TestLog log = open(SyncPolicy.ALWAYS);
        log.append("a", "1");
        follower.readAll(visitor);
        log.append("b", "2");

        assertThatExceptionOfType(LogDamagedException.class)
                .isThrownBy(() -> follower.readAppended((sequence, timestamp, record) -> {
                    throw new IllegalStateException("not what follows");
                }))
                .withMessageContaining("not what follows");
        log.abandon();
    }
}
