package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class KeyEventsTest {
    @TempDir
    private Path directory;

    private Poro poro;
    private final Recorder recorder = new Recorder();

    /** Keeps what it is told. */
    private static final class Recorder implements KeyEvents.Listener {
        final BlockingQueue<String> told = new LinkedBlockingQueue<>();

        @Override
        public boolean wants(String name) {
            return true;
        }

        @Override
        public void onKeyEvent(String name, byte[] key) {
            told.add(name + " " + new String(key, StandardCharsets.UTF_8));
        }

        List<String> take() {
            List<String> all = new ArrayList<>();
            told.drainTo(all);
            return all;
        }
    }

    @BeforeEach
    void open() {
        poro = Poro.at(directory.resolve("poro.wal")).memory(8 << 20).open();
        poro.keyEvents().add(recorder);
    }

    @AfterEach
    void close() {
        poro.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static final byte[] K = bytes("k");
    private static final byte[] V = bytes("7");

    @Test
    void tellsWhatEachChangeDoes() {
        poro.set(K, V);
        assertThat(recorder.take()).containsExactly("new k", "set k");
        poro.set(K, V, Duration.ofHours(1));
        assertThat(recorder.take()).containsExactly("set k", "expire k");
        poro.add(K, 2);
        poro.append(K, V);
        poro.overwrite(K, 1, V);
        assertThat(recorder.take()).containsExactly("incrby k", "append k", "setrange k");
        poro.persist(K);
        poro.expireAt(K, Instant.now().plusSeconds(100));
        poro.expireAt(K, Instant.EPOCH);
        assertThat(recorder.take()).containsExactly("persist k", "expire k", "del k");
        poro.add(K, 2);
        poro.getAndDelete(K);
        assertThat(recorder.take()).containsExactly("new k", "incrby k", "del k");
        poro.set(K, V, Instant.EPOCH);
        assertThat(recorder.take()).containsExactly("new k", "set k", "expire k", "expired k");
    }

    @Test
    void tellsNothingOfWhatChangesNothing() {
        poro.delete(K);
        poro.persist(K);
        poro.append(K, new byte[0]);
        poro.set(K, V, Expiry.NONE, SetIf.PRESENT);
        assertThat(recorder.take()).isEmpty();
        poro.set(K, V);
        recorder.take();
        poro.set(K, V, Expiry.NONE, SetIf.ABSENT);
        poro.persist(K);
        poro.expire(K, Expiry.after(Duration.ofHours(1)), ExpireIf.SOME);
        poro.clear();
        assertThat(recorder.take()).isEmpty();
    }

    @Test
    void tellsWhatABatchDoesInTheOrderOfItsRecords() {
        poro.set(K, bytes("x".repeat(1_000)));
        poro.set(bytes("l"), V);
        recorder.take();

        // It frees memory first, and so carries the delete out before the others.
        poro.batch()
                .set(bytes("a"), bytes("x".repeat(1_000)), Duration.ofHours(1))
                .add(bytes("l"), 5)
                .delete(K)
                .expireAt(bytes("none"), Instant.EPOCH)
                .commit();

        assertThat(recorder.take()).containsExactly("new a", "set a", "expire a", "incrby l", "del k");
    }

    @Test
    void aBatchSaysItself() {
        poro.batch().set(K, V).tell("moved", bytes("k")).tell("x", bytes("y")).commit();
        assertThat(recorder.take()).containsExactly("moved k", "x y");

        poro.batch().requireAbsent(K).delete(K).tell("deleted", K).commit();
        assertThat(recorder.take()).as("a batch that was not carried out").isEmpty();

        poro.batch().requirePresent(K).tell("looked", K).commit();
        assertThat(recorder.take()).containsExactly("looked k");
    }

    @Test
    void tellsThatAKeyHasExpired() throws InterruptedException {
        poro.set(K, V, Duration.ofMillis(1));
        recorder.take();
        assertThat(recorder.told.poll(30, TimeUnit.SECONDS)).isEqualTo("expired k");
    }

    /** Whoever removes it, the background or the change that finds it. */
    @Test
    void anExpiredKeyThatIsReplacedHasExpiredBefore() {
        for (int i = 0; i < 20; i++) {
            poro.set(K, V, Duration.ofMillis(1));
            while (poro.contains(K)) {
                Thread.onSpinWait();
            }
            recorder.take();
            poro.batch().set(K, V).tell("mine", K).commit();
            poro.set(bytes("l"), V, Duration.ofMillis(1));
            while (poro.contains(bytes("l"))) {
                Thread.onSpinWait();
            }
            poro.append(bytes("l"), V);
            List<String> told = recorder.take();
            assertThat(told.stream().filter(event -> event.endsWith("k"))).endsWith("mine k");
            assertThat(told.stream().filter(event -> event.endsWith("l")))
                    .containsExactly("new l", "set l", "expire l", "expired l", "new l", "append l");
            poro.delete(K);
            poro.delete(bytes("l"));
        }
    }

    @Test
    void nothingIsToldBeforeItIsDurable() {
        try (Poro store = Poro.at(directory.resolve("always.wal"))
                .sync(SyncPolicy.ALWAYS)
                .memory(8 << 20)
                .open()) {
            long before = store.sequence();
            List<Long> early = new ArrayList<>();
            store.keyEvents().add(new KeyEvents.Listener() {
                private long events = before;

                @Override
                public boolean wants(String name) {
                    return name.equals("set");
                }

                @Override
                public void onKeyEvent(String name, byte[] key) {
                    events++;
                    if (store.durableSequence() < events) {
                        early.add(events);
                    }
                }
            });
            try (Pipeline pipeline = store.pipeline()) {
                for (int i = 0; i < 50; i++) {
                    pipeline.set(bytes("p" + i), V);
                }
                pipeline.execute();
            }
            store.set(K, V);
            assertThat(store.sequence()).isEqualTo(before + 51);
            assertThat(early).isEmpty();
        }
    }

    /** In the midst of a change, while readers wait for its end. */
    @Test
    void aListenerThatFailsToSayWhatItWantsHindersNobody() throws InterruptedException {
        poro.keyEvents().remove(recorder);
        poro.keyEvents().add(new KeyEvents.Listener() {
            @Override
            public boolean wants(String name) {
                throw new IllegalStateException("a listener has failed");
            }

            @Override
            public void onKeyEvent(String name, byte[] key) {}
        });
        poro.keyEvents().add(recorder);

        poro.batch().set(K, V).set(bytes("l"), V).commit();
        poro.set(K, V, Duration.ofMillis(1));

        List<String> told = new ArrayList<>();
        while (!told.contains("expired k")) {
            told.add(recorder.told.take());
        }
        assertThat(told).containsExactly("new k", "set k", "new l", "set l", "set k", "expire k", "expired k");
        assertThat(poro.get("l")).isEqualTo("7");
    }

    @Test
    void aListenerThatFailsHindersNobody() {
        poro.keyEvents().add(new KeyEvents.Listener() {
            @Override
            public boolean wants(String name) {
                return true;
            }

            @Override
            public void onKeyEvent(String name, byte[] key) {
                throw new IllegalStateException("a listener has failed");
            }
        });
        Recorder last = new Recorder();
        poro.keyEvents().add(last);
        poro.set(K, V);
        assertThat(last.take()).containsExactly("new k", "set k");

        poro.keyEvents().remove(last);
        poro.set(K, V);
        assertThat(last.take()).isEmpty();
        assertThat(poro.get(K)).isEqualTo(V);
    }
}
