package dev.poro.planted;

import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs the tests of one layer and ends with the first that fails. Arguments: the layer; a package, or nothing. */
final class LayerMain {
    static final int PASSED = 0;
    static final int KILLED = 41;
    static final int UNUSABLE = 42;

    /** Before the name of the test that failed, in a line of standard output. */
    static final String KILLED_BY = "killed by ";

    private LayerMain() {}

    public static void main(String[] args) {
        TestLayer layer = TestLayer.valueOf(args[0]);
        Launcher launcher = LauncherFactory.create();
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(layer.selectors(args[1]))
                .filters(membersOf(layer))
                .build();
        TestPlan plan = launcher.discover(request);
        if (!plan.containsTests()) {
            System.out.println("the layer " + layer.title() + " has no tests for " + args[1]);
            Runtime.getRuntime().halt(UNUSABLE);
        }
        launcher.execute(plan, new HaltingListener());
        // Threads that a test has left behind must not keep the process.
        Runtime.getRuntime().halt(PASSED);
    }

    private static PostDiscoveryFilter membersOf(TestLayer layer) {
        return test -> FilterResult.includedIf(test.getSource()
                .filter(source ->
                        source instanceof MethodSource method && !layer.contains(outermost(method.getClassName())))
                .isEmpty());
    }

    private static String outermost(String className) {
        int nested = className.indexOf('$');
        return nested < 0 ? className : className.substring(0, nested);
    }

    private static final class HaltingListener implements TestExecutionListener {
        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                System.out.println("\n" + KILLED_BY + nameOf(test));
                result.getThrowable().ifPresent(failure -> failure.printStackTrace(System.out));
                Runtime.getRuntime().halt(KILLED);
            }
        }

        private static String nameOf(TestIdentifier test) {
            return test.getSource()
                    .map(source -> {
                        if (source instanceof MethodSource method) {
                            return simple(method.getClassName()) + "." + method.getMethodName();
                        }
                        return source instanceof ClassSource type ? simple(type.getClassName()) : null;
                    })
                    .orElse(test.getDisplayName());
        }

        private static String simple(String className) {
            return className.substring(className.lastIndexOf('.') + 1);
        }
    }
}
