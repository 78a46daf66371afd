package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.events.TestScale;
import dev.poro.wal.RecoveryReport;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on the store and on a model, with restarts in between: other threading mode, other sync policy,
 * other segment length and other memory each time. Contents and digest agree throughout.
 */
class RandomModelTest {
    private static final int SESSIONS = 6;
    private static final int OPERATIONS = TestScale.choose(400, 3_000);

    @TempDir
    Path directory;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void agreesWithTheModel(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        NaiveStore model = new NaiveStore();
        Path path = directory.resolve("poro.wal");
        long digest = 0;
        for (int session = 0; session < SESSIONS; session++) {
            try (Poro poro = open(path, random)) {
                assertThat(poro.digest()).isEqualTo(digest);
                assertSame(poro, model);
                runSession(poro, model, random);
                assertSame(poro, model);
                digest = poro.digest();
            }
            VerificationReport verified = Verification.run(path, Progress.NONE);
            assertThat(verified.log().verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
            assertThat(verified.log().closedCleanly()).isTrue();
            assertThat(verified.digest()).isEqualTo(digest);
            assertThat(verified.keys()).isEqualTo(model.keys());
        }
    }

    private static Poro open(Path path, SplittableRandom random) {
        return Poro.at(path)
                .threading(pick(random, Threading.values()))
                .sync(pick(random, SyncPolicy.OS, SyncPolicy.EVERYSEC))
                .segmentLength(random.nextInt(64, 512) * 4096)
                .maxValueLength(100_000)
                .ringCapacity(1 << random.nextInt(1, 11))
                .memory((32L + random.nextInt(32)) << 20)
                .open();
    }

    private static void runSession(Poro poro, NaiveStore model, SplittableRandom random) {
        long pending = -1;
        for (int i = 0; i < OPERATIONS; i++) {
            byte[] key = bytes(random, 1 + random.nextInt(2));
            switch (random.nextInt(8)) {
                case 0:
                case 1:
                    assertThat(poro.delete(key)).isEqualTo(model.delete(key));
                    break;
                case 2:
                    pending = awaitIfAny(poro, pending);
                    assertThat(poro.get(key)).isEqualTo(model.get(key));
                    break;
                case 3:
                    assertThat(poro.await(poro.deleteAsync(key))).isEqualTo(model.delete(key));
                    break;
                case 4:
                    byte[] later = bytes(random, random.nextInt(300));
                    boolean existed = model.get(key) != null;
                    model.set(key, later);
                    pending = poro.setAsync(key, later);
                    if (random.nextBoolean()) {
                        assertThat(poro.await(pending)).isEqualTo(existed);
                    }
                    break;
                default:
                    byte[] value =
                            bytes(random, random.nextInt(20) == 0 ? random.nextInt(100_000) : random.nextInt(64));
                    poro.set(key, value);
                    model.set(key, value);
            }
        }
        awaitIfAny(poro, pending);
    }

    /** A read does not see what is published and not applied yet. */
    private static long awaitIfAny(Poro poro, long ticket) {
        if (ticket >= 0) {
            poro.await(ticket);
        }
        return -1;
    }

    private static void assertSame(Poro poro, NaiveStore model) {
        assertThat(poro.keys()).isEqualTo(model.keys());
        for (Map.Entry<ByteBuffer, byte[]> entry : model.entries().entrySet()) {
            assertThat(poro.get(entry.getKey().array())).isEqualTo(entry.getValue());
        }
    }

    private static byte[] bytes(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    @SafeVarargs
    private static <T> T pick(SplittableRandom random, T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
