package dev.poro.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.events.TestScale;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Runs every {@code *Stress} of this module, in JVMs that jcstress starts. What they prove is proved for this machine
 * only: on x86, which keeps stores in their order, a missing store fence goes unnoticed.
 */
class JcstressIT {
    private static final Pattern RESULTS = Pattern.compile(
            "Results: (\\d+) planned; (\\d+) passed, (\\d+) failed, (\\d+) soft errs, (\\d+) hard errs");
    private static final long TIMEOUT_MINUTES = 10;

    @Test
    void findsNothingForbidden() throws Exception {
        assumeTrue(TestScale.ENABLED, "jcstress is part of -Pexhaustive");
        Path directory = Files.createDirectories(Path.of("target", "jcstress"));
        Path output = directory.resolve("output.txt");

        int status = run(directory, output);

        String text = Files.readString(output);
        Matcher last = null;
        Matcher matcher = RESULTS.matcher(text);
        while (matcher.find()) {
            last = RESULTS.matcher(matcher.group());
        }
        assertThat(status).as(text).isZero();
        assertThat(last).as(text).isNotNull();
        assertThat(last.matches()).isTrue();
        assertThat(last.group(2)).as("passed, of those planned").isEqualTo(last.group(1));
        TestScale.report("jcstress", "%s configurations passed, nothing forbidden", last.group(2));
    }

    /** Compilers and scheduling are left to chance: every combination of them would take an hour. */
    private static int run(Path directory, Path output) throws IOException, InterruptedException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "org.openjdk.jcstress.Main",
                "-r",
                directory.resolve("report").toAbsolutePath().toString(),
                "-jvmArgs",
                "-Xmx1g",
                "-sc",
                "false",
                "-af",
                "NONE",
                "-f",
                "1",
                "-fsm",
                "2",
                "-iters",
                "4",
                "-time",
                "1000",
                // The states are large.
                "-strideSize",
                "64",
                "-strideCount",
                "4");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError("jcstress did not come to its end:\n" + Files.readString(output));
        }
        return process.exitValue();
    }
}
