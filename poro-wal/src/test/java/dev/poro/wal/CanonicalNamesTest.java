package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A log's files have the same names under every locale; those that once got other ones are found and renamed.
 *
 * @see ForwardingStorage
 * @see LogFiles
 * @see NumberedName
 */
@Tag("R30")
class CanonicalNamesTest {
    private static final int PERSIAN_ZERO = 0x06F0;
    private static final int CHAKMA_ZERO = 0x11136;

    private final Locale before = Locale.getDefault();
    private final SimulatedStorage storage = new SimulatedStorage();

    @TempDir
    Path directory;

    private List<Event> written;

    /** Several segments, a snapshot, and what a crash left of a segment in the making. */
    @BeforeEach
    void write() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS).startSnapshots()) {
            log.appendMany(20, 1_000);
            log.log().takeSnapshot();
            written = log.appendMany(40, 1_000).acknowledged();
        }
        storage.put("0000000009.wal.tmp", new byte[100]);
        assertThat(LogFiles.segments(storage)).hasSizeGreaterThan(3);
    }

    @AfterEach
    void restoreTheLocale() {
        Locale.setDefault(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fa-IR", "ar-EG", "mr-IN", "bn-BD", "my-MM", "th-TH-u-nu-thai", "en-US"})
    void namesAreTheSameUnderEveryLocale(String language) throws IOException {
        SimulatedStorage other = new SimulatedStorage();
        try (TestLog log = TestLog.open(other, SyncPolicy.ALWAYS).startSnapshots()) {
            log.appendMany(5, 1_000);
            Locale.setDefault(Locale.forLanguageTag(language));
            log.appendMany(30, 1_000);
            log.log().takeSnapshot();
        }
        assertThat(other.names())
                .contains("0000000001.wal", "0000000002.wal", "0000000003.wal", "0000000000000000035.snapshot")
                .allSatisfy(name -> assertThat(name).matches("\\p{ASCII}*"));
    }

    @ParameterizedTest
    @ValueSource(ints = {PERSIAN_ZERO, CHAKMA_ZERO})
    void aLogWithOtherDigitsOpensAgainUnderItsRightNames(int zero) throws IOException {
        storage.names().forEach(name -> rename(name, withDigitsFrom(zero, name)));

        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            assertThat(log.recovery().verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
            assertThat(log.recovery().lastSequence()).isEqualTo(written.size());
            assertThat(log.recovery().snapshot()).isNotNull();
        }
        assertThat(storage.names())
                .contains("0000000001.wal", "0000000000000000020.snapshot")
                .doesNotContain("0000000009.wal.tmp")
                .allSatisfy(name -> assertThat(name).matches("\\p{ASCII}*"));
    }

    @Test
    void aLogThatWasContinuedWithOtherDigitsOpensAgain() throws IOException {
        rename("0000000002.wal", withDigitsFrom(PERSIAN_ZERO, "0000000002.wal"));
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            assertThat(log.recovery().lastSequence()).isEqualTo(written.size());
        }
    }

    @Test
    void aCrashAtAnyStepOfTheRenamingCostsNothing() throws IOException {
        storage.names().forEach(name -> rename(name, withDigitsFrom(PERSIAN_ZERO, name)));
        boolean opened = false;
        for (int step = 0; !opened; step++) {
            SimulatedStorage dying = storage.copy();
            dying.crashAt(step);
            opened = opens(dying);
            dying.restart();
            SimulatedStorage after = dying.powerCut(step + 1);
            try (TestLog log = TestLog.open(after, SyncPolicy.ALWAYS)) {
                assertThat(log.recovery().lastSequence()).isEqualTo(written.size());
            }
        }
    }

    private static boolean opens(SimulatedStorage dying) throws IOException {
        try {
            TestLog.open(dying, TestLog.settings(SyncPolicy.ALWAYS), new SteppedWorkers());
            return true;
        } catch (SimulatedStorage.Crash died) {
            return false;
        }
    }

    @Test
    void readersReadThemAsTheyAre() throws IOException {
        for (String name : storage.names()) {
            Files.write(directory.resolve(withDigitsFrom(PERSIAN_ZERO, name)), storage.bytes(name));
        }
        List<String> names = List.of(directory.toFile().list());

        RecoveryReport report =
                LogInspector.inspect(directory, (sequence, timestamp, record) -> {}, ReplayProgress.NONE);

        assertThat(report.verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(report.lastSequence()).isEqualTo(written.size());
        assertThat(report.file()).contains(withDigitsFrom(PERSIAN_ZERO, "000000000"));
        try (LogInspector inspector = LogInspector.open(directory)) {
            assertThat(inspector.snapshots()).hasSize(1);
        }
        assertThat(directory.toFile().list()).containsExactlyInAnyOrderElementsOf(names);
    }

    @Test
    void twoFilesOfTheSameNumberAreRefused() {
        String other = withDigitsFrom(PERSIAN_ZERO, "0000000002.wal");
        storage.put(other, storage.bytes("0000000002.wal"));
        assertRefusedUntouched("0000000002.wal", other, "Move the files");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "99999999999.wal",
                "9999999999999999999.snapshot",
                "9223372036854775807.snapshot",
                "1.wal",
                "\u06F1.wal",
                "\u0661\u0662.snapshot"
            })
    void aNumberThatNoFileOfALogCanHaveIsRefused(String stray) {
        storage.put(stray, new byte[10]);
        assertRefusedUntouched(stray, "move it elsewhere");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0000000001.wal.bak", "notes.wal", "copy of 0000000001.wal", "x.snapshot"})
    void whatIsNotNamedLikeAFileOfALogIsLeftAlone(String stray) throws IOException {
        storage.put(stray, new byte[10]);
        TestLog.open(storage, SyncPolicy.ALWAYS).close();
        assertThat(storage.names()).contains(stray);
    }

    private void assertRefusedUntouched(String... messages) {
        List<String> names = storage.names();
        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> TestLog.open(storage, SyncPolicy.ALWAYS))
                .withMessageContainingAll(messages);
        assertThat(storage.names()).isEqualTo(names);
        assertThat(storage.openFiles()).isEmpty();
    }

    private void rename(String from, String to) {
        byte[] bytes = storage.bytes(from);
        storage.remove(from);
        storage.put(to, bytes);
    }

    private static String withDigitsFrom(int zero, String name) {
        StringBuilder other = new StringBuilder();
        List<Integer> codePoints = new ArrayList<>();
        name.chars().forEach(codePoints::add);
        codePoints.forEach(c -> other.appendCodePoint(c >= '0' && c <= '9' ? zero + c - '0' : c));
        return other.toString();
    }
}
