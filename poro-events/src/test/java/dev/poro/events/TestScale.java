package dev.poro.events;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * The two sizes that the long tests have: small in every build, large with {@code -Pexhaustive}, where each is bounded
 * by time and says how far it came.
 */
public final class TestScale {
    /** Whether the build is the exhaustive one. */
    public static final boolean ENABLED = Boolean.getBoolean("poro.test.exhaustive");

    /** How much of its time each test takes: {@code mvn verify -Pexhaustive -Dporo.test.share=0.5} is half as long. */
    private static final double SHARE = Double.parseDouble(System.getProperty("poro.test.share", "1"));

    private TestScale() {}

    /** One of the two, as the build is. */
    public static int choose(int inEveryBuild, int exhaustive) {
        return ENABLED ? exhaustive : inEveryBuild;
    }

    /** The {@link System#nanoTime} at which a test of the exhaustive build should come to its end. */
    public static long deadlineAfter(Duration budget) {
        return System.nanoTime() + (long) (ENABLED ? SHARE * budget.toNanos() : budget.toNanos());
    }

    /**
     * Says what a test has covered: on the console, and in {@code target/covered/NAME.txt} of the project.
     *
     * @param name of the file, without its extension; one a test
     */
    public static void report(String name, String format, Object... values) {
        String line = name + ": " + String.format(Locale.ROOT, format, values);
        System.out.println(line);
        String directory = System.getProperty("poro.test.reports");
        if (directory != null) {
            try {
                Files.createDirectories(Path.of(directory));
                Files.writeString(Path.of(directory, name + ".txt"), line + "\n");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
