package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.engine.Poro;
import dev.poro.engine.StopMessages;
import dev.poro.engine.StoreFailedException;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import dev.poro.events.TestScale;
import dev.poro.process.harness.Machine;
import dev.poro.process.harness.Oracle;
import dev.poro.process.harness.PoroProcess;
import dev.poro.process.harness.Program;
import dev.poro.process.harness.Session;
import dev.poro.process.harness.TwoAtATime;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Takes the log away from under the running program. No write and no force reports that; the store must see it itself,
 * within 10 ms under {@code always} and within a second otherwise, and stop. It must not die of a store into what is
 * gone.
 */
@Tag("R14")
@Tag("R18")
class RemovedLogIT {
    /** No segment is full before the test is over: the first one stays the one that is written. */
    private static final int SEGMENT_LENGTH = 4 << 20;

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    @TempDir
    private Path directory;

    private enum Loss {
        DIRECTORY_REMOVED("the file was removed", SyncPolicy.ALWAYS),
        SEGMENT_REMOVED("the file was removed", SyncPolicy.EVERYSEC),
        SEGMENT_REPLACED("the file was replaced by another one", SyncPolicy.OS),
        SEGMENT_EMPTIED("the file was cut short: it ends at offset ", SyncPolicy.ALWAYS),
        SEGMENT_CUT("the file was cut short: it ends at offset ", SyncPolicy.ALWAYS);

        private final String message;

        /** Under which it happens in every build: under all of them with each loss it takes ten seconds. */
        private final SyncPolicy inEveryBuild;

        Loss(String message, SyncPolicy inEveryBuild) {
            this.message = message;
            this.inEveryBuild = inEveryBuild;
        }

        /**
         * Where nothing is forced before it is acknowledged, the store into what is gone comes first, and the JVM
         * throws an InternalError wherever the thread is by then: no place in a program can promise to take it.
         */
        boolean isToldInOrder(SyncPolicy sync) {
            return sync == SyncPolicy.ALWAYS || (this != SEGMENT_EMPTIED && this != SEGMENT_CUT);
        }

        void happenTo(Path log) throws IOException {
            Path segment = log.resolve("0000000001.wal");
            switch (this) {
                case DIRECTORY_REMOVED -> Machine.run("rm", "-r", log);
                case SEGMENT_REMOVED -> Files.delete(segment);
                case SEGMENT_REPLACED -> {
                    Files.write(log.resolve("other"), new byte[1]);
                    Machine.run("mv", "-f", log.resolve("other"), segment);
                }
                case SEGMENT_EMPTIED -> cut(segment, 0);
                case SEGMENT_CUT -> cut(segment, 4096);
            }
        }

        private static void cut(Path segment, int length) throws IOException {
            try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.WRITE)) {
                channel.truncate(length);
            }
        }
    }

    @Test
    void stopsTheProgramWithAClearError() throws Exception {
        SplittableRandom seeds = new SplittableRandom();
        List<Callable<Void>> cases = new ArrayList<>();
        for (Loss loss : Loss.values()) {
            for (SyncPolicy sync : SyncPolicy.values()) {
                SplittableRandom random = seeds.split();
                if (TestScale.ENABLED ? loss.isToldInOrder(sync) : sync == loss.inEveryBuild) {
                    cases.add(() -> {
                        assertStops(loss, sync, random);
                        return null;
                    });
                }
            }
        }
        TwoAtATime.run(cases);
    }

    private void assertStops(Loss loss, SyncPolicy sync, SplittableRandom random) throws Exception {
        Path log = directory.resolve(loss + "-" + sync);
        Program program = random.nextBoolean() ? Program.CALLER : Program.DEDICATED;
        List<String> command = program.command(log, sync, SEGMENT_LENGTH);
        try (Session session = Session.start(command, new Oracle(log), random)) {
            session.sendSlowly().awaitReplies(20);
            loss.happenTo(log);
            int status = session.awaitEnd();

            String errors = session.errors();
            // Of a directory the store may miss its lock file before it misses the segment.
            boolean missesLock =
                    loss == Loss.DIRECTORY_REMOVED && errors.contains(log + "/LOCK: the lock file was removed");
            if (!missesLock) {
                assertThat(errors)
                        .as("%s, %s, %s", loss, sync, program)
                        .contains(log + "/0000000001.wal", loss.message);
            }
            StopMessages.requireCompleteErrors(session.errors());
            assertThat(status).isEqualTo(PoroProcess.STORE_FAILED);
        }
    }

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void stopsAStoreThatGoesOnReading(SyncPolicy sync) throws Exception {
        for (Threading threading : Threading.values()) {
            Path log = directory.resolve(sync + "-" + threading);
            Poro poro = Poro.at(log)
                    .sync(sync)
                    .threading(threading)
                    .segmentLength(SEGMENT_LENGTH)
                    .memory(8 << 20)
                    .open();
            poro.set("key", "value");
            Loss loss = sync == SyncPolicy.ALWAYS ? Loss.SEGMENT_EMPTIED : Loss.SEGMENT_REMOVED;
            loss.happenTo(log);

            // A store into what was cut off is an InternalError, a little later: it may even be thrown here.
            assertThatThrownBy(() -> setUntilStopped(poro))
                    .isInstanceOfAny(StoreFailedException.class, InternalError.class);
            assertThatExceptionOfType(StoreFailedException.class)
                    .isThrownBy(() -> setUntilStopped(poro))
                    .withMessageContaining(loss.message)
                    .satisfies(StopMessages::requireComplete);
            assertThat(poro.get("key")).isEqualTo("value");
            assertThatExceptionOfType(StoreFailedException.class).isThrownBy(poro::close);
        }
    }

    private static void setUntilStopped(Poro poro) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        for (int i = 0; System.nanoTime() < deadline; i++) {
            poro.set("other", Integer.toString(i));
            Thread.sleep(1);
        }
    }
}
