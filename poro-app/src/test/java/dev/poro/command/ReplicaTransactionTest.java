package dev.poro.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.InMemoryCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Transactions on a replica, whose keys another replica changes meanwhile: nothing can hold that one back. */
@Timeout(60)
class ReplicaTransactionTest {
    private static final byte[] KEY = bytes("key");
    private static final byte[] COPY = bytes("copy");

    @TempDir
    private Path directory;

    private final InMemoryCluster cluster = new InMemoryCluster(64 << 10);
    private final WatchedKeys watched = new WatchedKeys();
    private OpenStore a;
    private OpenStore b;

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    @BeforeEach
    void begin() {
        InMemoryCluster.Node first = cluster.start(directory.resolve("a"), settings -> settings);
        a = new OpenStore(first.poro());
        b = new OpenStore(
                cluster.start(directory.resolve("b"), settings -> settings).poro());
        first.replica().adoptMemoryBudget();
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    /** Reads the key, then another replica does something, then the value goes to the copy. */
    private String copy(Runnable meanwhile) throws IOException {
        return a.atomically(watched, view -> {
            byte[] value = view.get(KEY);
            meanwhile.run();
            view.set(COPY, value == null ? bytes("nothing") : value);
            return "done";
        });
    }

    private void awaitAll() {
        try {
            cluster.awaitAll();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRaceThatIsLostIsRunAgain() throws IOException {
        b.poro().set(KEY, bytes("1"));
        awaitAll();
        AtomicInteger times = new AtomicInteger();
        assertThat(copy(() -> {
                    if (times.incrementAndGet() <= 5) {
                        b.poro().add(KEY, 1);
                        awaitAll();
                    }
                }))
                .isEqualTo("done");
        assertThat(times).hasValue(6);
        assertThat(a.poro().get(COPY)).isEqualTo(bytes("6"));
    }

    @Test
    void aRaceThatIsAlwaysLostEnds() {
        Runnable race = () -> {
            b.poro().add(KEY, 1);
            awaitAll();
        };
        assertThatExceptionOfType(CommandException.class)
                .isThrownBy(() -> copy(race))
                .withMessageContaining("try again");
        assertThat(a.poro().get(COPY)).isNull();
    }

    @Test
    @Tag("R28")
    void aWatchedKeyThatAnotherReplicaChangesEndsIt() throws IOException {
        b.poro().set(KEY, bytes("1"));
        awaitAll();
        a.watch(KEY, watched);
        assertThat(copy(() -> b.poro().set(KEY, bytes("2")))).isNull();
        assertThat(a.poro().get(COPY)).isNull();
    }

    /** It is absent again when the changes are published: no condition on the key itself would tell. */
    @Test
    @Tag("R28")
    void aWatchedKeyThatComesAndGoesEndsIt() throws IOException {
        a.watch(KEY, watched);
        assertThat(copy(() -> {
                    b.poro().set(KEY, bytes("2"));
                    b.poro().delete(KEY);
                }))
                .isNull();
        assertThat(a.poro().get(COPY)).isNull();
        WatchedKeys again = new WatchedKeys();
        a.watch(KEY, again);
        assertThat(a.<String>atomically(again, view -> {
                    view.set(COPY, bytes("3"));
                    return "done";
                }))
                .isEqualTo("done");
        assertThat(a.poro().get(COPY)).isEqualTo(bytes("3"));
    }
}
