package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the program makes of its arguments: the same of each subcommand. */
class CommandLineTest {
    /** What a subcommand needs besides the path of a log. */
    private static final Map<String, List<String>> ARGUMENTS = Map.of(
            "backup", List.of("NEW"),
            "restore", List.of("NEW"),
            "fork", List.of("NEW", "--at", "1"),
            "salvage", List.of("NEW"),
            "history", List.of("KEY"),
            "diff", List.of("1", "2"));

    @TempDir
    private Path directory;

    private int status;

    static Stream<String> subcommands() {
        return Main.SUBCOMMANDS.stream()
                .filter(name -> !List.of("help", "serve", "connect", "cluster", "get", "import")
                        .contains(name));
    }

    @ParameterizedTest
    @MethodSource("subcommands")
    @Tag("R36")
    void actsOnTheLogThatIsNamedWhereverThatIs(String subcommand) {
        String log = directory.resolve("none.wal").toString();

        String named = run(List.of(subcommand, log), argumentsOf(subcommand));
        assertThat(named).contains("none.wal");
        assertThat(status).isEqualTo(ExitStatus.LOG_UNUSABLE);

        assertThat(run(List.of("--wal", log, subcommand), argumentsOf(subcommand)))
                .isEqualTo(named);
        assertThat(run(List.of(subcommand, "--wal", log), argumentsOf(subcommand)))
                .isEqualTo(named);
        assertThat(run(List.of("--wal=" + log, subcommand, log), argumentsOf(subcommand)))
                .isEqualTo(named);
        assertThat(status).isEqualTo(ExitStatus.LOG_UNUSABLE);
        assertThat(directory).isEmptyDirectory();
    }

    @ParameterizedTest
    @MethodSource("subcommands")
    @Tag("R36")
    void refusesToChooseBetweenTwoLogs(String subcommand) {
        List<String> paths = List.of("--wal", "one.wal", subcommand, "other.wal");

        assertThat(run(paths, argumentsOf(subcommand))).contains("one.wal", "other.wal", "two logs");
        assertThat(status).isEqualTo(ExitStatus.USAGE);
    }

    @ParameterizedTest
    @MethodSource("subcommands")
    void exitsWithTheStatusOfAWrongCommandLine(String subcommand) {
        for (List<String> wrong : List.of(
                List.of(subcommand, "--fly"),
                List.of(subcommand, "a", "b", "c"),
                List.of(subcommand, "--wal"),
                List.of("--wal", "a.wal", subcommand, "--wal", "b.wal"),
                List.of(subcommand, "--wal", ""),
                subcommand.equals("history") ? List.of(subcommand, "", "KEY") : List.of(subcommand, ""),
                List.of(subcommand, "--wal", "not\uFFFDtext"),
                List.of("--sync", "os", subcommand, "none.wal"),
                List.of("--memory", "64m", subcommand, "none.wal"))) {
            assertThat(run(wrong, List.of()))
                    .as("%s", wrong)
                    .startsWith("poro: ")
                    .contains("Try 'poro")
                    .doesNotContain("Exception");
            assertThat(status).as("%s", wrong).isEqualTo(ExitStatus.USAGE);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "vrify              | 'vrify' is not a command; did you mean 'poro verify'?",
                "DUMP               | did you mean 'poro dump'?",
                "resotre            | did you mean 'poro restore'?",
                "data/sessions.wal  | to open the store there: poro --wal 'data/sessions.wal'",
                "other.wal          | to open the store there: poro --wal 'other.wal'",
                "nonsense           | the commands are get, keys, export, import, verify, dump,",
                "SET                | 'SET' is a command of the prompt",
                "GET                | did you mean 'poro get'?",
                "Backup             | did you mean 'poro backup'?",
                "--retian           | did you mean '--retain'?",
                "--snapshot-aftr=1m | did you mean '--snapshot-after'?",
                "--nothing-like-it  | unknown option '--nothing-like-it'",
            })
    void saysWhatWasProbablyMeant(String word, String answer) {
        assertThat(run(List.of(word), List.of())).contains(answer);
        assertThat(status).isEqualTo(ExitStatus.USAGE);
    }

    /** As a process of its own does, see {@link PipeIT}. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--memory=lots",
                "--memory=-1",
                "--memory=0",
                "--memory=1023k",
                "--memory=1000t",
                "--sync=never",
                "--fly",
                "--wal",
                "extra"
            })
    void opensNothingWithAWrongOption(String option) {
        String log = directory.resolve("none.wal").toString();

        assertThat(run(List.of("--wal", log, option), List.of()))
                .startsWith("poro: ")
                .contains("--help")
                .doesNotContain("\tat ");
        assertThat(status).isEqualTo(ExitStatus.USAGE);
        assertThat(directory).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({"vrify,did you mean 'poro verify'?", "nonsense,'nonsense' is not a command; the commands are get"})
    void helpOnWhatThereIsNotSaysTheSame(String word, String answer) {
        assertThat(run(List.of("help", word), List.of())).startsWith("poro: ").contains(answer);
        assertThat(status).isEqualTo(ExitStatus.USAGE);
    }

    @ParameterizedTest
    @MethodSource("subcommands")
    @Tag("R36")
    void onePathInTwoFormsIsOneLog(String subcommand) {
        String log = directory.resolve("none.wal").toString();
        String other = directory.resolve(".").resolve("none.wal").toString();

        String said = run(List.of("--wal", other, subcommand, "--wal", log, log), argumentsOf(subcommand));

        assertThat(said).contains("none.wal").doesNotContain("two logs", "twice");
        assertThat(status).isEqualTo(ExitStatus.LOG_UNUSABLE);
    }

    @Test
    @Tag("R36")
    void looksAtNoStoreThatIsNotThereAndTakesNoSettingsForThat() {
        String log = directory.resolve("none.wal").toString();

        assertThat(run(List.of("--wal", log, "get", "k"), List.of())).contains("none.wal");
        assertThat(status).isEqualTo(ExitStatus.LOG_UNUSABLE);
        assertThat(run(List.of("--wal", log, "--read-only"), List.of())).contains("none.wal");
        assertThat(status).isEqualTo(ExitStatus.FAILURE);
        assertThat(run(List.of("--wal", log, "--read-only", "--memory", "64m"), List.of()))
                .contains("--memory");
        assertThat(status).isEqualTo(ExitStatus.USAGE);
        assertThat(run(List.of("get", "not\uFFFDtext"), List.of())).contains("the key is not text");
        assertThat(status).isEqualTo(ExitStatus.USAGE);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void tellsHelpThatItCannotGive() {
        assertThat(run(List.of("help", "vrify"), List.of())).contains("vrify");
        assertThat(status).isEqualTo(ExitStatus.USAGE);
    }

    @Test
    void refusesANegativeLengthAsAnyWrongOption() {
        run(List.of("dump", "--max-value", "-1", "none.wal"), List.of());

        assertThat(status).isEqualTo(ExitStatus.USAGE);
    }

    /** The program looks only at the subcommands that the arguments name, but at all for a help. */
    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h", "-Vh", "help", "--wal a.wal help", "--read-only --help"})
    void everyHelpListsAllSubcommands(String arguments) {
        PrintStream standardOutput = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            run(List.of(arguments.split(" ")), List.of());
        } finally {
            System.setOut(standardOutput);
        }

        assertThat(status).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines().filter(line -> line.matches("  [a-z].*")))
                .map(line -> line.strip().replaceFirst(" .*", ""))
                .containsAll(Main.SUBCOMMANDS);
    }

    @Test
    void everySubcommandBearsTheNameUnderWhichItIsFound() {
        assertThat(Main.commandLine().getSubcommands())
                .containsOnlyKeys(Main.SUBCOMMANDS)
                .allSatisfy(
                        (name, command) -> assertThat(command.getCommandName()).isEqualTo(name));
    }

    private static List<String> argumentsOf(String subcommand) {
        return ARGUMENTS.getOrDefault(subcommand, List.of());
    }

    /** What the program says on standard error; NEW becomes a directory that can be made. */
    private String run(List<String> arguments, List<String> more) {
        List<String> all = new ArrayList<>(arguments);
        more.forEach(argument ->
                all.add(argument.equals("NEW") ? directory.resolve(argument).toString() : argument));
        Refusal run = Refusal.of(all.toArray(String[]::new));
        status = run.exitStatus();
        return run.errors();
    }
}
