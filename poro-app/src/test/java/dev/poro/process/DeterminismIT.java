package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.RecordedRing;
import dev.poro.engine.SteppedStore;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.process.harness.Machine;
import dev.poro.process.harness.PoroProcess;
import dev.poro.statemachine.RandomRecords;
import dev.poro.statemachine.ReplayMain;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.FileSystemStorage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A replay depends on the log alone: on other JVMs, with other hashes of the keys, other memory, languages and time
 * zones, each event has the outcome that the store gave it, and leads to the same state.
 */
@Tag("R25")
class DeterminismIT {
    private static final int EVENTS = 6_000;
    private static final long MEMORY = 96 << 10;
    private static final int MAX_VALUE_LENGTH = 3_000;

    /** Those that a log has: the others mean that an event did not happen, or are those of a read. */
    private static final Set<Outcome> OUTCOMES = EnumSet.complementOf(
            EnumSet.of(Outcome.LOG_FULL, Outcome.FAILED, Outcome.NOT_COMMITTED, Outcome.UNCERTAIN, Outcome.FOUND));

    /** Those that are events of a log: a REQUIRE is part of one, a CLIENT of a snapshot, and the marks count apart. */
    private static final Set<EventType> TYPES = EnumSet.complementOf(
            EnumSet.of(EventType.REQUIRE, EventType.CLIENT, EventType.CLEAN_CLOSE, EventType.DIGEST_MARK));

    @TempDir
    private static Path directory;

    private static Path log;
    private static List<String> expected;

    private enum Replay {
        /** And a heap that is collected all the time, and the compiler for long runs. */
        ANOTHER_HASH("-Xmx16m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4"),
        /** An I without a dot in lower case. */
        IN_TURKISH("-Duser.language=tr", "-Duser.country=TR", "-Duser.timezone=Europe/Istanbul"),
        /** Digits of its own. */
        IN_ARABIC("-Duser.language=ar", "-Duser.country=EG", "-Duser.timezone=Africa/Cairo"),
        /** Digits and a calendar of its own. */
        IN_PERSIAN("-Duser.language=fa", "-Duser.country=IR", "-Duser.timezone=Asia/Tehran"),
        ON_JDK_17,
        ON_JDK_25;

        @SuppressWarnings("ImmutableEnumChecker")
        private final List<String> options;

        Replay(String... options) {
            this.options = List.of(options);
        }

        private Path jdk() throws Exception {
            String name = name();
            return name.startsWith("ON_JDK_")
                    ? Machine.requireJdk(name.substring("ON_JDK_".length()))
                    : Path.of(System.getProperty("java.home"));
        }
    }

    @BeforeAll
    static void write() throws Exception {
        log = directory.resolve("poro.wal");
        SteppedWorkers workers = new SteppedWorkers();
        try (SteppedStore store = SteppedStore.open(
                Poro.at(log).sync(SyncPolicy.OS).segmentLength(256 << 10),
                Threading.CALLER,
                MEMORY,
                500,
                System::currentTimeMillis,
                StateMachine::new,
                (settings, replay, progress, failStop) -> WriteAheadLog.open(
                        () -> {},
                        new FileSystemStorage(Files.createDirectories(log)),
                        workers,
                        settings,
                        replay,
                        progress,
                        failStop))) {
            publish(store, workers);
            expected = ReplayMain.replay(log, 1, MEMORY);
            requireEventsOfAllKinds(store.ring().events());
            requireOutcomesOf(store.ring().events());
        }
    }

    private static void publish(SteppedStore store, SteppedWorkers workers) {
        Random random = new Random(1);
        RandomRecords records = new RandomRecords(random, keys(), MAX_VALUE_LENGTH, true);
        for (int i = 0; i < EVENTS; i++) {
            while (!store.publish(records.next(store.poro().sequence(), System.currentTimeMillis()))) {
                store.journal();
            }
            if (random.nextInt(4) == 0) {
                store.journal();
            }
            for (int worker = 0; worker < workers.count(); worker++) {
                workers.step(worker);
            }
        }
        store.poro().set("waits", "for all before");
    }

    private static byte[][] keys() {
        byte[][] keys = new byte[60][];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = new byte[1 + i % 5];
            Arrays.fill(keys[i], (byte) i);
        }
        return keys;
    }

    private static void requireEventsOfAllKinds(List<RecordedRing.Event> events) {
        Set<EventType> types = EnumSet.noneOf(EventType.class);
        Set<Outcome> outcomes = EnumSet.noneOf(Outcome.class);
        for (RecordedRing.Event event : events) {
            types.add(EventType.ofCode(event.record()[0]));
            outcomes.add(event.outcome());
        }
        assertThat(types).isEqualTo(TYPES);
        assertThat(outcomes).isEqualTo(OUTCOMES);
    }

    private static void requireOutcomesOf(List<RecordedRing.Event> events) {
        for (int i = 0; i < events.size(); i++) {
            RecordedRing.Event event = events.get(i);
            assertThat(expected.get(i))
                    .startsWith(ReplayMain.outcome(event.logSequence(), event.outcome(), event.number()));
        }
    }

    @ParameterizedTest
    @EnumSource(Replay.class)
    void isTheSame(Replay replay) throws Exception {
        List<String> command = new ArrayList<>(PoroProcess.java(replay.jdk()));
        command.addAll(replay.options);
        command.addAll(PoroProcess.main(ReplayMain.class, log, replay.name().hashCode(), 16 << 20));
        PoroProcess.Result result;
        try (PoroProcess process = PoroProcess.start(new ProcessBuilder(command))) {
            result = process.finish(new byte[0]);
        }

        assertThat(result.exitStatus).as(result.errors).isZero();
        List<String> actual = result.text().lines().toList();
        for (int i = 0; i < Math.min(actual.size(), expected.size()); i++) {
            assertThat(actual.get(i)).isEqualTo(expected.get(i));
        }
        assertThat(actual).hasSameSizeAs(expected);
    }

    /** What the test would notice: its languages do write numbers in another way. */
    @Test
    void theLanguagesHaveDigitsOfTheirOwn() {
        assertThat(String.format(Locale.forLanguageTag("ar-EG"), "%d", 1)).isNotEqualTo("1");
        assertThat(String.format(Locale.forLanguageTag("fa-IR"), "%d", 1)).isNotEqualTo("1");
    }
}
