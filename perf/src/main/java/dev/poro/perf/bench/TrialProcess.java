package dev.poro.perf.bench;

import com.google.gson.Gson;
import dev.poro.perf.Directories;
import dev.poro.perf.Processes;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs trials, each in a JVM of its own. */
final class TrialProcess implements TrialRunner {
    private static final int ENDED_BY_CTRL_C = 128 + 2;
    private static final Pattern OWN_MODULE = Pattern.compile("/poro-(app|events|statemachine|wal)-[0-9][^/]*$");

    private final Path perf;
    private final Path directory;
    private final List<String> options;
    private final Path otherPoro;

    /**
     * @param perf the module, built
     * @param directory for the stores; on the disk that is to be measured
     * @param otherPoro the jar for {@link EngineKind#OTHER_PORO}; {@code null} if that is not measured
     * @param options for the JVM: the size of its heap, the same for all that are compared
     */
    TrialProcess(Path perf, Path directory, Path otherPoro, String... options) {
        this.perf = perf;
        this.directory = directory;
        this.otherPoro = otherPoro;
        this.options = List.of(options);
    }

    /** Removes the files of the trial, too. */
    @Override
    public TrialResult run(Trial trial, Consumer<String> progress) throws IOException, InterruptedException {
        Gson gson = new Gson();
        Path request = directory.resolve("trial.json");
        Path answer = directory.resolve("result.json");
        Path errors = directory.resolve("errors.txt");
        Files.deleteIfExists(answer);
        Files.writeString(request, gson.toJson(trial));
        List<String> command = command(trial.engine());
        command.add(request.toString());
        command.add(answer.toString());
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        try {
            try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
                output.lines().forEach(progress);
            }
            if (process.waitFor() == ENDED_BY_CTRL_C) {
                throw new InterruptedException();
            }
            if (process.exitValue() != 0 || !Files.exists(answer)) {
                throw new IOException(
                        trial.engine().title() + " failed with status " + process.exitValue() + ":\n" + endOf(errors));
            }
            return gson.fromJson(Files.readString(answer), TrialResult.class);
        } finally {
            process.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
            Directories.delete(Path.of(trial.directory()));
        }
    }

    private List<String> command(EngineKind engine) throws IOException {
        Path module = perf.resolve(engine.module()).resolve("target");
        List<String> command = Processes.java();
        command.add("-XX:+UseTransparentHugePages");
        command.addAll(engine.flags());
        command.addAll(options);
        command.add("-cp");
        String dependencies = Files.readString(module.resolve("classpath")).strip();
        command.add(
                ownJar(module) + ":" + (engine == EngineKind.OTHER_PORO ? withOtherPoro(dependencies) : dependencies));
        command.add(TrialMain.class.getName());
        return command;
    }

    /** Without this project's modules, in whose place the other jar is. It may bring its own dependencies. */
    private String withOtherPoro(String classPath) {
        return Stream.concat(
                        Stream.of(otherPoro.toString()),
                        Stream.of(classPath.split(":", -1))
                                .filter(entry -> !OWN_MODULE.matcher(entry).find()))
                .collect(Collectors.joining(":"));
    }

    /** The module's own classes: its class path names only what it depends on. */
    private static Path ownJar(Path target) throws IOException {
        try (var jars = Files.newDirectoryStream(target, "*-[0-9]*.jar")) {
            return jars.iterator().next();
        }
    }

    private static String endOf(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    }
}
