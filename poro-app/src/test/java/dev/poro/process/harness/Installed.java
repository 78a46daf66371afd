package dev.poro.process.harness;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of Debian that tests use. */
public final class Installed {
    private static final long INSTALL_S = 120;

    private Installed() {}

    /** Skips the test if a program is not there, and cannot be installed. */
    public static synchronized void require(String program, String debianPackage) throws Exception {
        if (!isThere(program) && "root".equals(System.getProperty("user.name"))) {
            run(INSTALL_S, List.of("apt-get", "install", "-y", "-qq", "--no-install-recommends", debianPackage));
        }
        assumeTrue(isThere(program), "needs " + program + ": apt-get install " + debianPackage);
    }

    private static boolean isThere(String program) throws Exception {
        return run(INSTALL_S, List.of("sh", "-c", "command -v " + program)) == 0;
    }

    private static int run(long seconds, List<String> command) throws Exception {
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            return -1;
        }
        if (process.waitFor(seconds, TimeUnit.SECONDS)) {
            return process.exitValue();
        }
        process.destroyForcibly();
        return -1;
    }
}
