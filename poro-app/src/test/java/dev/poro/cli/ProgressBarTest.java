package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProgressBarTest {
    private static final long GIB = 1L << 30;

    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
    private long nowNs = Long.MAX_VALUE - 5; // nanoTime may wrap around
    private int columns = 80;

    @Test
    void staysSilentForASecond() {
        ProgressBar bar = bar();

        afterMs(999, bar, GIB / 2);
        bar.wipe();

        assertThat(drawn()).isEmpty();
    }

    @Test
    void drawsWhatIsDoneAndWipesItOut() {
        ProgressBar bar = bar();

        afterMs(1000, bar, GIB / 2);

        String line = "Reading log  50 % [#######-------] 512 of 1,024 MiB, event 42";
        assertThat(drawn()).isEqualTo("\r" + line);

        bar.wipe();

        assertThat(drawn()).isEqualTo("\r" + line + "\r" + " ".repeat(line.length()) + "\r");
    }

    @Test
    void drawsTenTimesASecondAtMost() {
        ProgressBar bar = bar();

        afterMs(1000, bar, GIB / 2);
        int once = drawn().length();
        afterMs(99, bar, GIB);
        assertThat(drawn()).hasSize(once);
        afterMs(1, bar, GIB);

        assertThat(drawn()).contains("100 % [##############]");
    }

    @Test
    void staysSilentWhereNobodyLooks() {
        columns = -1;
        ProgressBar bar = bar();

        afterMs(5000, bar, GIB / 2);
        bar.wipe();

        assertThat(drawn()).isEmpty();
    }

    @Test
    void fitsIntoEightyColumns() {
        ProgressBar bar = bar();
        nowNs += TimeUnit.SECONDS.toNanos(2);

        bar.onProgress(100 * GIB, 100 * GIB, 1_999_999_999);

        assertThat(drawn().trim()).hasSizeLessThan(80);
    }

    @Test
    void leavesNothingOfALongerLine() {
        ProgressBar bar = bar();
        nowNs += TimeUnit.SECONDS.toNanos(2);
        bar.onProgress(GIB, GIB, 1_000_000);
        int longer = drawn().length();
        nowNs += TimeUnit.SECONDS.toNanos(1);
        bar.onProgress(0, GIB, 1);

        String second = drawn().substring(longer);

        assertThat(second)
                .startsWith("\rReading log   0 % ")
                .containsPattern("event 1 +$")
                .hasSize(longer);
    }

    @Test
    void saysWhatBeginsAnew() {
        ProgressBar bar = bar();
        bar.onStep(Progress.Step.COPYING);
        afterMs(1000, bar, GIB);
        bar.onStep(Progress.Step.READING_BACK);
        nowNs += TimeUnit.SECONDS.toNanos(1);
        bar.onProgress(0, GIB, 42);

        assertThat(drawn()).startsWith("\rCopying 100 % ").contains("\rReading back   0 % ");
    }

    @ParameterizedTest
    @EnumSource(Progress.Step.class)
    void staysInOneRowOfANarrowTerminal(Progress.Step step) {
        columns = 40;
        ProgressBar bar = bar();
        bar.onStep(step);

        afterMs(1000, bar, GIB / 2);
        bar.wipe();

        assertThat(drawn().split("\r", -1))
                .allMatch(shown -> shown.length() < 40)
                .anyMatch(shown -> shown.contains(" 50 %"));
    }

    @Test
    void countsEntriesThatAreWritten() {
        ProgressBar bar = bar();
        nowNs += TimeUnit.SECONDS.toNanos(1);

        bar.onEntries("Exporting", 1_000, 4_000);

        assertThat(drawn()).isEqualTo("\rExporting  25 % [###-----------] 1,000 of 4,000 entries");
    }

    @Test
    void saysHowMuchOfAFileIsReadAndNoPartOfWhatHasNoLength() {
        ProgressBar bar = bar();
        nowNs += TimeUnit.SECONDS.toNanos(1);
        bar.onFile("Importing", GIB, 2 * GIB, 5_000);
        nowNs += TimeUnit.SECONDS.toNanos(1);
        bar.onFile("Importing", GIB, 0, 6_000);

        assertThat(drawn())
                .startsWith("\rImporting  50 % [#######-------] 1,024 of 2,048 MiB, 5,000 entries")
                .containsPattern("\rImporting 1,024 MiB, 6,000 entries *$");
    }

    private ProgressBar bar() {
        PrintStream err = new PrintStream(screen, false, StandardCharsets.US_ASCII);
        return new ProgressBar(err, () -> nowNs, () -> columns);
    }

    private void afterMs(long milliseconds, ProgressBar bar, long bytesRead) {
        nowNs += TimeUnit.MILLISECONDS.toNanos(milliseconds);
        bar.onProgress(bytesRead, GIB, 42);
    }

    private String drawn() {
        return screen.toString(StandardCharsets.US_ASCII);
    }
}
