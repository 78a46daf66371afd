package dev.poro.perf.snapshots;

import com.google.gson.Gson;
import dev.poro.perf.Processes;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Does jobs, each in a JVM of its own. */
final class JobProcess {
    /** Touched before anything is measured, so that the heap does not grow while memory is. */
    private static final List<String> HEAP = List.of("-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch");

    private final Path directory;

    /** @param directory for what goes back and forth */
    JobProcess(Path directory) {
        this.directory = directory;
    }

    /**
     * What came of a job.
     *
     * @param openedMillis from the start of the process until its store was open
     */
    record Done(Job.Result result, double openedMillis) {}

    /** @throws IOException with the output, if the job fails */
    Done run(Job job) throws IOException, InterruptedException {
        Gson gson = new Gson();
        Path request = directory.resolve("job.json");
        Path answer = directory.resolve("result.json");
        Path errors = directory.resolve("errors.txt");
        Files.deleteIfExists(answer);
        Files.writeString(request, gson.toJson(job));
        ProcessBuilder builder = new ProcessBuilder(command(job, request, answer)).redirectError(errors.toFile());
        long start = System.nanoTime();
        Process process = builder.start();
        try {
            double openedMillis = awaitOpened(process, start);
            if (process.waitFor() != 0) {
                throw new IOException(
                        job.kind() + " failed with status " + process.exitValue() + ":\n" + Files.readString(errors));
            }
            return new Done(gson.fromJson(Files.readString(answer), Job.Result.class), openedMillis);
        } finally {
            process.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
        }
    }

    private static List<String> command(Job job, Path request, Path answer) {
        List<String> command = Processes.java();
        if (job.kind() == Job.Kind.UNDER_WRITES) {
            command.addAll(HEAP);
        }
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(JobMain.class.getName());
        command.add(request.toString());
        command.add(answer.toString());
        return command;
    }

    private static double awaitOpened(Process process, long startNanos) throws IOException {
        double openedMillis = 0;
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.equals(JobMain.OPENED)) {
                    openedMillis = (System.nanoTime() - startNanos) / 1e6;
                }
            }
        }
        return openedMillis;
    }
}
