package dev.poro.perf.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.PoroBuilder;
import dev.poro.engine.SyncPolicy;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The proof, of a store that did what its producers did, and of stores that did something else besides. */
class ProofTest {
    private static final int EVENTS = 500;

    @TempDir
    Path directory;

    private final Workload workload = new Workload(21, 2, 80, new Range(8, 8), new Range(16, 64), new Mix(60, 20, 20));

    private PoroBuilder store() {
        return Poro.at(directory.resolve("poro.wal"))
                .sync(SyncPolicy.OS)
                .memory(64 << 20)
                .segmentLength(1 << 20);
    }

    /** The names of the claims that do not hold after the producers' events and then some more. */
    private List<String> notProvedAfter(Consumer<Poro> more) throws Exception {
        Producer one;
        Producer other;
        Proof.Live live;
        try (Poro poro = store().open()) {
            one = new Producer(workload, 0, poro, 0, EVENTS, () -> false);
            other = new Producer(workload, 1, poro, 16, EVENTS, () -> false);
            one.run();
            other.run();
            more.accept(poro);
            live = Proof.Live.of(poro);
        }
        assertThat(one.failure()).isNull();
        assertThat(other.failure()).isNull();
        List<LogChecker.Published> published = List.of(
                new LogChecker.Published(one.published(), one.outcomes()),
                new LogChecker.Published(other.published(), other.outcomes()));
        return Proof.of(workload, published, live, directory.resolve("poro.wal"), store()).stream()
                .filter(claim -> !claim.holds())
                .map(Proof.Claim::name)
                .toList();
    }

    @Test
    void provesEverythingOfAStoreThatDidItsWork() throws Exception {
        assertThat(notProvedAfter(poro -> {})).isEmpty();
    }

    @Test
    void noticesAnEventThatWasAppliedTwice() throws Exception {
        // The last set of producer 0 for a key of its own: neither contents nor digest change.
        Script script = new Script(workload, 0);
        byte[][] last = new byte[2][];
        while (script.number() < EVENTS) {
            script.nextEvent();
            boolean isPrivate = !workload.isShared(script.key());
            if (isPrivate && script.operation() == Script.Operation.SET) {
                last[0] = workload.key(script.key());
                last[1] = workload.value(script.key(), script.stamp());
            } else if (last[0] != null && script.key() == Workload.numberIn(last[0])) {
                last[0] = null;
            }
        }

        assertThat(notProvedAfter(poro -> poro.set(last[0], last[1]))).containsExactly("events");
    }

    @Test
    void noticesAForeignKey() throws Exception {
        assertThat(notProvedAfter(poro -> poro.set("foreign", "key"))).containsExactly("events", "digest", "contents");
    }

    @Test
    void noticesADigestThatIsNotThatOfTheContents() throws Exception {
        Proof.Live wrong = new Proof.Live(0, 1, 1);
        try (Poro poro = store().open()) {
            assertThat(Proof.Live.of(poro)).isEqualTo(new Proof.Live(0, 0, 1));
        }
        List<LogChecker.Published> nothing =
                List.of(new LogChecker.Published(0, new Outcomes()), new LogChecker.Published(0, new Outcomes()));

        List<Proof.Claim> claims = Proof.of(workload, nothing, wrong, directory.resolve("poro.wal"), store());

        assertThat(claims)
                .filteredOn(claim -> !claim.holds())
                .singleElement()
                .satisfies(claim -> assertThat(claim.problems().first())
                        .containsExactly(
                                "digest 0000000000000001 of the live store, but 0000000000000000 of the model"));
    }
}
