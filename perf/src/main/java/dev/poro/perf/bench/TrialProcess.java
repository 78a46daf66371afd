package dev.poro.perf.bench;

import com.google.gson.Gson;
import dev.poro.perf.Directories;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs trials, each in a JVM of its own. */
final class TrialProcess {
    private final Path perf;
    private final Path directory;
    private final List<String> options;

    /**
     * @param perf the module, built
     * @param directory for the stores; on the disk that is to be measured
     * @param options for the JVM: the size of its heap, the same for all that are compared
     */
    TrialProcess(Path perf, Path directory, String... options) {
        this.perf = perf;
        this.directory = directory;
        this.options = List.of(options);
    }

    /**
     * Runs one trial and removes its files.
     *
     * @param progress receives the progress of the trial
     * @throws IOException with the end of its output, if it fails
     */
    TrialResult run(Trial trial, Consumer<String> progress) throws IOException, InterruptedException {
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
            if (process.waitFor() != 0 || !Files.exists(answer)) {
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
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:+IgnoreUnrecognizedVMOptions");
        command.add("--sun-misc-unsafe-memory-access=allow");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-XX:+UseTransparentHugePages");
        command.addAll(engine.flags());
        command.addAll(options);
        command.add("-cp");
        command.add(ownJar(module) + ":"
                + Files.readString(module.resolve("classpath")).strip());
        command.add(TrialMain.class.getName());
        return command;
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
