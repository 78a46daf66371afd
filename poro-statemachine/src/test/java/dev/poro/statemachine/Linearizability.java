package dev.poro.statemachine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.events.RawMemory;
import dev.poro.events.TestScale;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jetbrains.kotlinx.lincheck.LinChecker;
import org.jetbrains.kotlinx.lincheck.strategy.managed.ManagedStrategyGuaranteeKt;
import org.jetbrains.kotlinx.lincheck.strategy.managed.modelchecking.ModelCheckingOptions;
import org.jetbrains.kotlinx.lincheck.strategy.stress.StressOptions;

/**
 * Runs Lincheck: it generates scenarios of parallel operations, runs each many times, and looks for a sequential order
 * that explains what came back. A scenario that has none is printed in its shortest form.
 *
 * <ul>
 *   <li>Stress mode runs the scenarios on real threads, at full speed.
 *   <li>Model checking runs them on one thread at a time and chooses where to switch. It sees fields, locks and
 *       atomics, but not memory outside the heap; so every call of {@link RawMemory} is declared to be
 *       one step, and a switch may come before each. It assumes sequential consistency: a missing fence is for jcstress
 *       to find.
 * </ul>
 *
 * <p>Scenarios come from fixed seeds. In the exhaustive build, both modes go through more of them, in more shapes.
 */
public final class Linearizability {
    /** The newest class files that the ASM 9.6 of Lincheck reads. */
    private static final int NEWEST_JAVA = 22;

    private static final List<Shape> SHAPES =
            List.of(new Shape(2, 3), new Shape(3, 3), new Shape(2, 5), new Shape(4, 3), new Shape(3, 4));

    private final Class<?> subject;
    private final Class<?> model;
    private final Duration exhaustiveBudget;

    /**
     * @param subject what is tested: public, with {@code Operation}s
     * @param model the same operations, for one thread
     * @param exhaustiveBudget what one mode may take in the exhaustive build
     */
    public Linearizability(Class<?> subject, Class<?> model, Duration exhaustiveBudget) {
        int java = Runtime.version().feature();
        assumeTrue(java <= NEWEST_JAVA, "Lincheck 2.39 cannot instrument the class files of Java " + java);
        this.subject = subject;
        this.model = model;
        this.exhaustiveBudget = exhaustiveBudget;
    }

    /** Real threads. */
    public void stress(String name, int scenarios, int invocations) {
        run(
                name,
                scenarios,
                invocations,
                (shape, times) -> LinChecker.check(
                        subject,
                        new StressOptions()
                                .iterations(scenarios)
                                .invocationsPerIteration(times)
                                .threads(shape.threads)
                                .actorsPerThread(shape.actors)
                                .sequentialSpecification(model)));
    }

    /**
     * Chosen interleavings.
     *
     * @param steps classes whose methods, too, are one step each
     */
    public void modelCheck(String name, int scenarios, int invocations, String... steps) {
        Set<String> atomic = new HashSet<>(List.of(steps));
        atomic.add(RawMemory.class.getName());
        atomic.add(WyHash.class.getName());
        run(
                name,
                scenarios,
                invocations,
                (shape, times) -> LinChecker.check(
                        subject,
                        new ModelCheckingOptions()
                                .iterations(scenarios)
                                .invocationsPerIteration(times)
                                .threads(shape.threads)
                                .actorsPerThread(shape.actors)
                                .addGuarantee(ManagedStrategyGuaranteeKt.forClasses(atomic::contains)
                                        .allMethods()
                                        .treatAsAtomic())
                                .sequentialSpecification(model)));
    }

    private void run(String name, int scenarios, int invocations, BiConsumer<Shape, Integer> check) {
        if (!TestScale.ENABLED) {
            check.accept(SHAPES.get(0), invocations);
            return;
        }
        long deadline = TestScale.deadlineAfter(exhaustiveBudget);
        long runs = 0;
        int rounds = 0;
        do {
            int times = invocations << (rounds / SHAPES.size());
            check.accept(SHAPES.get(rounds % SHAPES.size()), times);
            runs += (long) scenarios * times;
            rounds++;
        } while (System.nanoTime() < deadline);
        TestScale.report(name, "%,d scenarios in %d shapes, up to %,d runs", (long) scenarios * rounds, rounds, runs);
    }

    private record Shape(int threads, int actors) {}
}
