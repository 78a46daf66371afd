package dev.poro.process.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * The tests that Redis 7.0.15 comes with, which are Tcl. They come from the package sources of Debian and its like, by
 * {@code apt-get}, into the {@code target} directory of the module, once.
 *
 * @param directory of the unpacked sources
 */
public record RedisUnits(Path directory) {
    private static final String VERSION = "7.0.15";
    private static final String SOURCES = "redis_" + VERSION + ".orig.tar.gz";
    private static final Path CACHE = Path.of("target", "redis-" + VERSION).toAbsolutePath();

    /** Redis' own words for what needs replicas, minutes, or settings that stop the server under test. */
    private static final String TAGS = "-slow -needs:repl -needs:config-maxmemory -needs:save -needs:reset";

    /** Before each unit, the functions are removed. Poro has none, and no command to remove them. */
    private static final String REMOVES_FUNCTIONS = "    r function flush\n";

    private static final Pattern COLOURS = Pattern.compile("\u001b\\[[0-9;]*m");
    private static final Pattern LINE = Pattern.compile("^\\[(ok|err|skip|exception)]: (.*?)(?: \\(\\d+ ms\\))?$");
    private static final long PATIENCE_S = 300;

    /**
     * What a unit has said.
     *
     * @param passed how many of its tests have passed
     * @param skipped the names of the tests that were left out because they were named
     * @param failed the names of those that failed, and what the unit could not go on after
     * @param output all of it
     */
    public record Result(int passed, Set<String> skipped, List<String> failed, String output) {}

    /** Fetches them if need be; the calling test is skipped, with the reason, where that is not possible. */
    public static RedisUnits find() throws Exception {
        if (!isThere("tclsh")) {
            install();
        }
        if (!Files.exists(CACHE)) {
            fetch();
        }
        return new RedisUnits(CACHE);
    }

    /** Whether the server of the same version is on this machine. */
    public static boolean isServerInstalled() throws Exception {
        return run(Path.of("."), "sh", "-c", "redis-server --version | grep -F v=" + VERSION)
                .isEmpty();
    }

    private static boolean isThere(String program) throws Exception {
        return run(Path.of("."), "sh", "-c", "command -v " + program).isEmpty();
    }

    private static void install() throws Exception {
        String why = isThere("apt-get")
                ? run(Path.of("."), "apt-get", "-q", "-y", "--no-install-recommends", "install", "tcl")
                : "there is no apt-get";
        if (!isThere("tclsh")) {
            throw new TestAbortedException("Redis' own tests need tclsh: " + why);
        }
    }

    /** Beside the lists and caches of the machine's own apt, which stay as they are. */
    private static void fetch() throws Exception {
        Path parent = Files.createDirectories(CACHE.getParent());
        Path work = Files.createTempDirectory(parent, "redis");
        Files.createDirectories(work.resolve("lists").resolve("partial"));
        Files.write(work.resolve("sources.list"), sourceLines());
        String[] options = {
            "-q",
            "-o",
            "Dir::Etc::sourcelist=" + work.resolve("sources.list"),
            "-o",
            "Dir::Etc::sourceparts=-",
            "-o",
            "Dir::State::lists=" + work.resolve("lists"),
            "-o",
            "Dir::Cache::pkgcache=",
            "-o",
            "Dir::Cache::srcpkgcache=",
            "-o",
            "APT::Sandbox::User="
        };
        String problem = isThere("apt-get") ? "" : "there is no apt-get";
        problem = problem.isEmpty() ? run(work, aptGet(options, "update")) : problem;
        problem = problem.isEmpty() ? run(work, aptGet(options, "source", "--download-only", "redis")) : problem;
        if (!Files.exists(work.resolve(SOURCES))) {
            throw new TestAbortedException("Redis' own tests, " + SOURCES + ", could not be fetched: " + problem);
        }
        assertThat(run(work, "tar", "-xzf", SOURCES, "redis-" + VERSION + "/tests"))
                .isEmpty();
        Path unpacked = work.resolve("redis-" + VERSION);
        Path harness = unpacked.resolve("tests/support/server.tcl");
        String text = Files.readString(harness);
        assertThat(text).containsOnlyOnce(REMOVES_FUNCTIONS);
        Files.writeString(harness, text.replace(REMOVES_FUNCTIONS, ""));
        Files.move(unpacked, CACHE);
        run(parent, "rm", "-r", work.toString());
    }

    private static String[] aptGet(String[] options, String... command) {
        return Stream.of(Stream.of("apt-get"), Stream.of(options), Stream.of(command))
                .flatMap(part -> part)
                .toArray(String[]::new);
    }

    /** The machine's own sources of packages, as sources of package sources. */
    private static List<String> sourceLines() throws IOException {
        List<String> lines = new ArrayList<>();
        File[] files = new File("/etc/apt/sources.list.d").listFiles();
        for (File file : files == null ? new File[0] : files) {
            if (file.getName().equals("debian.sources") || file.getName().equals("ubuntu.sources")) {
                for (String stanza : Files.readString(file.toPath()).split("\n\\s*\n", -1)) {
                    lines.addAll(sourceLine(stanza));
                }
            }
        }
        Path list = Path.of("/etc/apt/sources.list");
        if (Files.exists(list)) {
            Files.readAllLines(list).stream()
                    .filter(line -> line.startsWith("deb "))
                    .map(line -> line.replaceFirst("deb", "deb-src"))
                    .forEach(lines::add);
        }
        return lines;
    }

    private static List<String> sourceLine(String stanza) {
        String uris = field(stanza, "URIs");
        String key = field(stanza, "Signed-By");
        return uris.isEmpty() || !field(stanza, "Types").matches(".*\\bdeb\\b.*")
                ? List.of()
                : Stream.of(field(stanza, "Suites").split(" ", -1))
                        .map(suite -> "deb-src " + (key.startsWith("/") ? "[signed-by=" + key + "] " : "") + uris + " "
                                + suite + " " + field(stanza, "Components"))
                        .toList();
    }

    private static String field(String stanza, String name) {
        Matcher field = Pattern.compile("(?m)^" + name + ":[ \t]*(.*)$").matcher(stanza);
        return field.find() ? field.group(1).strip() : "";
    }

    /** Runs a program; returns nothing if it has succeeded, and else the end of what it has said. */
    private static String run(Path directory, String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() == 0) {
            return "";
        }
        return output.isBlank() ? "it failed" : output.substring(Math.max(0, output.length() - 1_000));
    }

    /**
     * Runs a unit against a server.
     *
     * @param unit as in {@code type/string}
     * @param port of the server, which loses all keys
     * @param leftOut the names of tests that are not to run
     */
    public Result run(String unit, int port, Set<String> leftOut) throws Exception {
        Path skipFile = Files.createTempFile("poro", ".skip");
        Path output = Files.createTempFile("poro", ".out");
        try {
            Files.write(skipFile, leftOut);
            List<String> command = new ArrayList<>(List.of("tclsh", "tests/test_helper.tcl"));
            command.addAll(List.of("--host", "127.0.0.1", "--port", Integer.toString(port)));
            command.addAll(List.of("--single", "unit/" + unit, "--tags", TAGS, "--skipfile", skipFile.toString()));
            command.addAll(List.of("--singledb", "--ignore-encoding", "--ignore-digest", "--durable"));
            command.addAll(List.of("--clients", "1", "--baseport", Integer.toString(freePort())));
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = process.waitFor(PATIENCE_S, TimeUnit.SECONDS);
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
            String said = COLOURS.matcher(Files.readString(output)).replaceAll("");
            assertThat(ended).as("unit %s has ended:\n%s", unit, said).isTrue();
            return resultOf(said);
        } finally {
            Files.delete(skipFile);
            Files.delete(output);
        }
    }

    /** The helper listens on a port just below the base. */
    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0)) {
            return Math.min(any.getLocalPort() + 32, 65_535);
        }
    }

    private static Result resultOf(String output) {
        int passed = 0;
        Set<String> skipped = new LinkedHashSet<>();
        List<String> failed = new ArrayList<>();
        for (String text : output.lines().toList()) {
            Matcher line = LINE.matcher(text);
            if (line.matches()) {
                switch (line.group(1)) {
                    case "ok":
                        passed++;
                        break;
                    case "skip":
                        skipped.add(line.group(2));
                        break;
                    default:
                        failed.add(line.group(2));
                }
            }
        }
        return new Result(passed, skipped, failed, output);
    }
}
