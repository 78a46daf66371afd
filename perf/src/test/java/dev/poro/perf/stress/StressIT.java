package dev.poro.perf.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Threading;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The command, from its options to its verdict. */
@Timeout(60)
class StressIT {
    @TempDir
    Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int stress(String... options) {
        String[] wal = {"--wal", directory.resolve("log").toString()};
        String[] all = Stream.concat(Arrays.stream(wal), Arrays.stream(options)).toArray(String[]::new);
        return new Stress(printing(out), printing(err), false).execute(all);
    }

    private static PrintStream printing(ByteArrayOutputStream target) {
        return new PrintStream(target, true, StandardCharsets.UTF_8);
    }

    private static String text(ByteArrayOutputStream printed) {
        return printed.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void provesManyProducersInEveryThreadingMode(Threading threading) {
        int status = stress(
                "--duration=1010ms", "--threading=" + threading, "--keys=2000", "--ring=128", "--segment-length=4m");

        assertThat(status).as(text(out) + text(err)).isZero();
        assertThat(text(out))
                .contains("8 producers: 4 wait for each outcome, 4 publish ahead by up to 256 events")
                .contains(threading + ", EVERYSEC, ring of 128 slots")
                .containsPattern("(?m)^ +1 s +[1-9][0-9,]* ")
                .contains("ended because the time is over")
                .containsPattern("(?m)^waited +[0-9.]+ ")
                .containsPattern("(?m)^ahead +[0-9.]+ ")
                .containsPattern("(?m)^read +[0-9.]+ ")
                .containsPattern("(?m)^events +proved: [0-9,]+ are in the log, each exactly once")
                .containsPattern("(?m)^outcomes +proved: [1-9][0-9,]*, ")
                .containsPattern("(?m)^contents +proved: [0-9,]+ keys")
                .containsPattern("(?m)^digest +proved: [0-9a-f]{16} of the live store, of the model, and of a replay")
                .endsWith("OK\n")
                .doesNotContain("NOT PROVED");
        assertThat(directory.resolve("log")).isNotEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({
        "--sync=always --events=400 --producers=4 --value-length=8",
        "--sync=os --events=20001 --producers=3 --async=100 --window=1 --mix=50/50/0 --keys=6",
        "--sync=os --events=3000 --producers=1 --async=0 --value-length=8-20000 --key-length=4-3000 --keys=50",
        "--events=1000 --threading=dedicated --wait=blocking --ring=2 --mix=100/0/0",
        "--events=300 --threading=dedicated --wait=busy_spin --producers=2 --window=5000"
    })
    void provesWhatIsAsked(String options) {
        int status = stress(options.split(" "));

        assertThat(status).as(text(out) + text(err)).isZero();
        String events = options.replaceAll(".*--events=([0-9]+).*", "$1");
        assertThat(text(out).replace(",", ""))
                .contains("\nevents    " + events + " in ")
                .contains("\nevents    proved: " + events + " are")
                .endsWith("OK\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--producers=0              | --producers 0: must be at least 1",
                "--events=0                 | --events 0: must be at least 1",
                "--async=101                | --async 101: must be at most 100",
                "--window=0                 | --window 0: must be at least 1",
                "--keys=15                  | --keys 15: must be at least 16",
                "--key-length=3             | --key-length 3: must be at least 4",
                "--value-length=7-9         | --value-length 7: must be at least 8",
                "--value-length=9-8         | ends before it begins",
                "--value-length=big         | is not a length",
                "--mix=50/50                | is not a mix",
                "--mix=50/50/50             | does not add up to 100",
                "--mix=0/0/100              | leaves no event for the ring",
                "--duration=10              | is not a duration",
                "--ring=1000                | power of two",
                "--segment-length=5000      | multiple of 4096",
                "--segment-length=16k --value-length=20000 | need longer segments",
                "--memory=1m                | --memory 1048576: must be at least",
                "--threading=both           | expected one of [DEDICATED, CALLER]",
                "--sync=never               | expected one of [ALWAYS, EVERYSEC, OS]",
                "--threading=caller --wait=blocking | --wait is for --threading dedicated",
                "--fly                      | Unknown option: '--fly'"
            })
    void refusesWhatMakesNoSense(String options, String message) {
        int status = stress(options.split(" "));

        assertThat(status).isEqualTo(2);
        assertThat(text(err)).startsWith("stress: ").contains(message);
        assertThat(text(out)).isEmpty();
        assertThat(directory.resolve("log")).doesNotExist();
    }

    @Test
    void refusesALogThatIsThereAlready() throws Exception {
        Files.createFile(Files.createDirectory(directory.resolve("log")).resolve("something"));

        assertThat(stress()).isEqualTo(2);
        assertThat(text(err)).contains("must be an empty directory, or missing");
    }

    @Test
    void failsIfTheStoreCannotBeOpened() throws Exception {
        Files.createFile(directory.resolve("file"));

        int status = new Stress(printing(out), printing(err), false)
                .execute("--wal", directory.resolve("file/log").toString());

        assertThat(status).isEqualTo(1);
        assertThat(text(out)).contains("FAILED: ");
    }
}
