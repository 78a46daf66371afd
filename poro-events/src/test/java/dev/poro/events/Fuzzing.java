package dev.poro.events;

import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * Fuzzes a Jazzer target for as long as its annotation says, in a JVM of its own: Jazzer fuzzes one target a run. In
 * every build the targets only run over their committed inputs, which lie beside the other test resources; what is
 * found here and mended is added to them.
 */
public final class Fuzzing {
    private static final Pattern STATUS = Pattern.compile("#(\\d+)\\s.*cov: (\\d+) ft: (\\d+).*");
    private static final int LINES_SHOWN = 60;

    private Fuzzing() {}

    /**
     * Fuzzes, and reports executions and coverage. Skipped outside the exhaustive build.
     *
     * @param target a {@code @FuzzTest} class
     * @param method of it
     */
    public static void run(Class<?> target, String method) throws IOException, InterruptedException {
        assumeTrue(TestScale.ENABLED, "fuzzing is part of -Pexhaustive");
        Process process = start(target, method);
        String status = "nothing executed";
        Deque<String> lastLines = new ArrayDeque<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher matcher = STATUS.matcher(line);
                if (matcher.matches()) {
                    status = matcher.group(1) + " executions, " + matcher.group(2) + " edges, " + matcher.group(3)
                            + " features";
                }
                lastLines.add(line);
                if (lastLines.size() > LINES_SHOWN) {
                    lastLines.remove();
                }
            }
        }
        if (process.waitFor() != 0) {
            throw new AssertionError(
                    target.getName() + "#" + method + " found something:\n" + String.join("\n", lastLines));
        }
        TestScale.report("fuzz-" + target.getSimpleName() + "-" + method, "%s", status);
    }

    private static Process start(Class<?> target, String method) throws IOException {
        Path directory = Files.createDirectories(Path.of("target", "fuzzing"));
        ProcessBuilder java = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dporo.memory.checked=true",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Fuzzing.class.getName(),
                target.getName() + "#" + method + "(byte[])");
        java.environment().put("JAZZER_FUZZ", "1");
        return java.directory(directory.toFile()).redirectErrorStream(true).start();
    }

    /** In the JVM of its own: the target, as {@code class#method(byte[])}. */
    public static void main(String[] args) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectMethod(args[0]))
                .build();
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, summary);
        summary.getSummary().printFailuresTo(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
        // Jazzer leaves threads behind.
        System.exit(summary.getSummary().getTestsSucceededCount() > 0 ? 0 : 1);
    }
}
