package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RecoveryProgressBarTest {
    private static final long GIB = 1L << 30;

    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
    private long nowNs = Long.MAX_VALUE - 5; // nanoTime may wrap around
    private boolean terminal = true;

    @Test
    void staysSilentForASecond() {
        RecoveryProgressBar bar = bar();

        afterMs(999, bar, GIB / 2);
        bar.wipe();

        assertThat(drawn()).isEmpty();
    }

    @Test
    void drawsWhatIsDoneAndWipesItOut() {
        RecoveryProgressBar bar = bar();

        afterMs(1000, bar, GIB / 2);

        String line = "Recovering [#######-------]  50 %, 512 of 1,024 MiB, event 42";
        assertThat(drawn()).isEqualTo("\r" + line);

        bar.wipe();

        assertThat(drawn()).isEqualTo("\r" + line + "\r" + " ".repeat(line.length()) + "\r");
    }

    @Test
    void drawsTenTimesASecondAtMost() {
        RecoveryProgressBar bar = bar();

        afterMs(1000, bar, GIB / 2);
        int once = drawn().length();
        afterMs(99, bar, GIB);
        assertThat(drawn()).hasSize(once);
        afterMs(1, bar, GIB);

        assertThat(drawn()).contains("[##############] 100 %");
    }

    @Test
    void staysSilentWhereNobodyLooks() {
        terminal = false;
        RecoveryProgressBar bar = bar();

        afterMs(5000, bar, GIB / 2);
        bar.wipe();

        assertThat(drawn()).isEmpty();
    }

    @Test
    void fitsIntoEightyColumns() {
        RecoveryProgressBar bar = bar();
        nowNs += TimeUnit.SECONDS.toNanos(2);

        bar.onProgress(100 * GIB, 100 * GIB, 1_999_999_999);

        assertThat(drawn().trim()).hasSizeLessThan(80);
    }

    private RecoveryProgressBar bar() {
        PrintStream err = new PrintStream(screen, false, StandardCharsets.US_ASCII);
        return new RecoveryProgressBar(err, () -> nowNs, () -> terminal);
    }

    private void afterMs(long milliseconds, RecoveryProgressBar bar, long bytesRead) {
        nowNs += TimeUnit.MILLISECONDS.toNanos(milliseconds);
        bar.onProgress(bytesRead, GIB, 42);
    }

    private String drawn() {
        return screen.toString(StandardCharsets.US_ASCII);
    }
}
