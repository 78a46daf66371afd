package dev.poro.planted;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.platform.engine.DiscoverySelector;

/**
 * The layers of tests that are to find planted bugs, and the classes that each consists of. What is in no other layer
 * and is named {@code *Test} belongs to {@link #UNIT}.
 */
enum TestLayer {
    /** Small tests of one class or a few. */
    UNIT,
    /** Every small damage to a log. */
    DAMAGE(
            "dev.poro.wal.RecoveryDamageTest",
            "dev.poro.wal.LogDamageTest",
            "dev.poro.wal.DamageScanDamageTest",
            "dev.poro.wal.HostileLogTest"),
    /** A crash at every operation. */
    CRASH("dev.poro.wal.RecoveryCrashTest", "dev.poro.wal.CrashPointTest"),
    /** The whole store in a faulty world, from one seed after the other. */
    SIMULATION("dev.poro.simulation.SimulationTest"),
    /** Many threads at once, and histories of several clients. */
    CONCURRENCY(
            "dev.poro.events.EventRingThreadsTest",
            "dev.poro.statemachine.ConcurrentReadsTest",
            "dev.poro.statemachine.LinearizableReadsTest",
            "dev.poro.engine.ManyProducersTest",
            "dev.poro.engine.LinearizableStoreTest",
            "dev.poro.server.LinearizableServerTest",
            "dev.poro.process.LinearizabilityIT"),
    /** The real program, and what befalls it; not the tests that mount, because a run that is ended leaves a mount. */
    PROCESS(
            "dev.poro.cli.PipeIT",
            "dev.poro.cli.LogCommandsIT",
            "dev.poro.process.KillIT",
            "dev.poro.process.KillPointIT",
            "dev.poro.process.FailedCallIT",
            "dev.poro.process.RemovedLogIT",
            "dev.poro.process.SharedLogIT",
            "dev.poro.process.StallIT");

    private static final List<String> UNIT_TESTED = List.of(
            "dev.poro.events",
            "dev.poro.statemachine",
            "dev.poro.wal",
            "dev.poro.engine",
            "dev.poro.simulation",
            "dev.poro.command",
            "dev.poro.server",
            "dev.poro.cluster",
            "dev.poro.cli");

    private static final Set<String> BELOW_THE_PROGRAM = Set.of(
            "dev.poro.events",
            "dev.poro.statemachine",
            "dev.poro.wal",
            "dev.poro.wal.storage",
            "dev.poro.engine",
            "dev.poro.engine.internal",
            "dev.poro.engine.tools");

    /**
     * Fail for other reasons than a bug: one counts allocations, which the bounds checks that are on here make many.
     * The other loads all classes from where one of them lies, and a planted one lies elsewhere.
     */
    private static final Set<String> UNFIT =
            Set.of("dev.poro.engine.AllocationTest", "dev.poro.statemachine.OwnLoaderTest");

    /** What the tests of a package run; those of a package that is not listed run everything. */
    private static final Map<String, Set<String>> RUN_BY = Map.of(
            "dev.poro.events", Set.of("dev.poro.events"),
            "dev.poro.statemachine", Set.of("dev.poro.events", "dev.poro.statemachine"),
            "dev.poro.wal", Set.of("dev.poro.events", "dev.poro.wal", "dev.poro.wal.storage"),
            "dev.poro.engine", BELOW_THE_PROGRAM,
            "dev.poro.simulation", BELOW_THE_PROGRAM,
            "dev.poro.cluster", Set.of("dev.poro.cluster"),
            "dev.poro.command",
                    Stream.concat(BELOW_THE_PROGRAM.stream(), Stream.of("dev.poro.command"))
                            .collect(Collectors.toUnmodifiableSet()));

    @SuppressWarnings("ImmutableEnumChecker")
    private final List<String> classes;

    TestLayer(String... classes) {
        this.classes = List.of(classes);
    }

    String title() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether its tests start the program. */
    boolean startsProgram() {
        return classes.stream().anyMatch(test -> test.endsWith("IT"));
    }

    /** Whether its tests run the code of a package at all. */
    boolean runs(String packageName) {
        return this == UNIT || classes.stream().anyMatch(test -> runs(packageOf(test), packageName));
    }

    /**
     * Its tests, as far as they run the code of a package, those of that package first.
     *
     * @param packageName empty for all tests
     */
    List<DiscoverySelector> selectors(String packageName) {
        Stream<String> names = this == UNIT ? UNIT_TESTED.stream() : classes.stream();
        return names.filter(name -> packageName.isEmpty() || runs(this == UNIT ? name : packageOf(name), packageName))
                .sorted(Comparator.comparing(name -> !name.equals(packageName)))
                .map(name -> this == UNIT ? selectPackage(name) : selectClass(existing(name)))
                .map(DiscoverySelector.class::cast)
                .toList();
    }

    /** Whether a class belongs to this layer. */
    boolean contains(String testClass) {
        return this == UNIT
                ? testClass.endsWith("Test")
                        && !UNFIT.contains(testClass)
                        && Arrays.stream(values()).noneMatch(layer -> layer.classes.contains(testClass))
                : classes.contains(testClass);
    }

    private Class<?> existing(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException | LinkageError e) {
            throw new IllegalStateException(
                    "the layer " + title() + " names " + name + ", which cannot be loaded: was it renamed?", e);
        }
    }

    private static boolean runs(String testPackage, String packageName) {
        return RUN_BY.getOrDefault(testPackage, Set.of(packageName)).contains(packageName);
    }

    private static String packageOf(String className) {
        return className.substring(0, className.lastIndexOf('.'));
    }
}
