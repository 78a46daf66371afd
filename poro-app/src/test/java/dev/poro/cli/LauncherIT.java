package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.process.harness.PoroProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/poro}, in a project that has just what it looks at, in a directory whose name contains blanks. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class LauncherIT {
    private static final Path SHELL = Path.of("/bin/sh");

    /** Stands in for Maven: "builds" the jar, and counts how often. */
    private static final String FAKE_MAVEN = """
            #!/bin/sh
            echo built >>builds
            sleep "${PORO_TEST_BUILD_S:-0}"
            cat "$PORO_TEST_JAR" >poro-app/target/poro.jar
            """;

    /**
     * Stands in for Java where that is not to run: OK if it is given the whole jar. An archive it cannot make. It reads
     * what it is sent, as Java does: script waits two seconds at the end of an input that nobody reads.
     */
    private static final String FAKE_JAVA = """
            #!/bin/sh
            while read -r line && [ "$line" != QUIT ]; do :; done
            while [ $# -gt 0 ] && [ "$1" != -cp ]; do shift; done
            cmp -s "${2:-}" "$PORO_TEST_JAR" && echo OK
            """;

    @TempDir
    private Path directory;

    private Path project;
    private Path launcher;
    private Path jar;
    private Path caller;
    private Path home;

    @BeforeEach
    void makeProject() throws IOException {
        assumeTrue(Files.isExecutable(SHELL), "no " + SHELL);
        project = Files.createDirectories(directory.resolve("a project/of mine"));
        launcher = project.resolve("poro-app/bin/poro");
        jar = project.resolve("poro-app/target/poro.jar");
        caller = Files.createDirectory(directory.resolve("caller"));
        home = Files.createDirectory(directory.resolve("home"));
        Files.createDirectories(launcher.getParent());
        Files.createDirectories(jar.getParent());
        Files.createDirectories(project.resolve("poro-app/src/main"));
        Files.copy(Path.of("bin", "poro"), launcher);
        Files.copy(Path.of(System.getProperty("poro.jar")), jar);
        Files.createFile(project.resolve("pom.xml"));
        makeSourcesOlderThanTheJar();
        // An empty archive of classes: none can be made. Making one takes seconds.
        Files.createFile(archive());
        Files.writeString(sizeOfArchive(), "0\n");
    }

    /** Has Java start in less than half the time, by the tests' archive of the classes of the tests' jar. */
    private void shareClasses() throws IOException {
        Path shared = PoroProcess.classArchive();
        if (shared == null) {
            return;
        }
        Path linked = jar.resolveSibling("linked");
        try {
            Files.createLink(linked, Path.of(System.getProperty("poro.jar")));
        } catch (FileSystemException e) {
            return; // another file system
        }
        Files.move(linked, jar, StandardCopyOption.REPLACE_EXISTING);
        makeSourcesOlderThanTheJar();
        Files.copy(shared, archive(), StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(sizeOfArchive(), Files.size(shared) + "\n");
    }

    @Test
    void startsWhatIsBuilt() throws Exception {
        shareClasses();
        PoroProcess.Result result = run(launcher, "SET k v\nGET k\n", Map.of("PORO_OPTS", ""));

        assertThat(result.text()).isEqualTo("OK\n\"v\"\n");
        assertThat(result.errors).isEmpty();
        assertThat(result.exitStatus).isZero();
        assertThat(caller.resolve("poro.wal")).isDirectory();
    }

    @Test
    void isFoundThroughSymbolicLinks() throws Exception {
        shareClasses();
        Path first = Files.createSymbolicLink(directory.resolve("first link"), directory.relativize(launcher));
        Path second = Files.createSymbolicLink(caller.resolve("second"), first);

        assertThat(run(second, "SET k v\n").text()).isEqualTo("OK\n");
        assertThat(run(Path.of("second"), "GET k\n", SHELL.toString()).text()).isEqualTo("\"v\"\n");
    }

    @Test
    void passesArgumentsAndExitStatusOn() throws Exception {
        shareClasses();
        assertThat(run(launcher, "SET k\n").exitStatus).isEqualTo(ExitStatus.FAILURE);
        assertThat(runWith(Map.of(), List.of(launcher.toString(), "--fly"), "").exitStatus)
                .isEqualTo(ExitStatus.USAGE);
        assertThat(runWith(Map.of(), List.of(launcher.toString(), "--wal", "a b * c"), "SET k v\n")
                        .text())
                .isEqualTo("OK\n");
        assertThat(caller.resolve("a b * c")).isDirectory();
    }

    @Test
    void isTheProgramItself() throws Exception {
        shareClasses();
        try (PoroProcess poro = PoroProcess.start(builder(Map.of(), List.of(launcher.toString())))) {
            poro.send("SET k v\n");
            assertThat(poro.reply()).isEqualTo("OK");

            poro.terminate();

            assertThat(poro.exitStatus()).isEqualTo(128 + 15);
        }
        assertThat(run(launcher, "GET k\n").text()).isEqualTo("\"v\"\n");
    }

    @Test
    void takesOptionsOfTheJvm() throws Exception {
        shareClasses();
        PoroProcess.Result result = runWith(
                Map.of("PORO_OPTS", "-XX:+UseParallelGC  -XshowSettings:properties -Dporo.test=*"),
                List.of(launcher.toString()),
                "GET k\n");

        assertThat(result.text()).isEqualTo("(nil)\n");
        assertThat(result.errors).contains("poro.test = *");
    }

    @Test
    void makesAnArchiveOfClassesOnce() throws Exception {
        Files.delete(archive());

        assertThat(run(launcher, "SET k v\n").errors).isEmpty();
        FileTime made = Files.getLastModifiedTime(archive());
        assertThat(run(launcher, "GET k\n").text()).isEqualTo("\"v\"\n");

        assertThat(archive()).isNotEmptyFile();
        assertThat(Files.getLastModifiedTime(archive())).isEqualTo(made);
        assertThat(caller).isDirectoryNotContaining(path -> !path.endsWith("poro.wal"));
        assertThat(classesLoaded("poro"))
                .filteredOn(line -> line.contains(" dev.poro."))
                .hasSizeGreaterThan(100)
                .filteredOn(line -> !line.contains("shared objects file"))
                .hasSizeLessThan(10);
        passesOverABrokenArchive();
    }

    /** JDK 17 crashes at one that was cut short. */
    private void passesOverABrokenArchive() throws Exception {
        byte[] whole = Files.readAllBytes(archive());
        Files.delete(archive());
        Files.write(archive(), Arrays.copyOf(whole, whole.length / 2));

        whileItIsLocked(() -> {
            PoroProcess.Result result = run(launcher, "GET k\n");
            assertThat(result.text()).isEqualTo("\"v\"\n");
            assertThat(result.errors).isEmpty();
        });
        assertThat(archive()).doesNotExist();
    }

    @Test
    void waitsForNoOtherLauncherThatMakesAnArchive() throws Exception {
        Files.delete(archive());

        whileItIsLocked(() -> assertThat(run(launcher, "SET k v\n").text()).isEqualTo("OK\n"));

        assertThat(archive()).doesNotExist();
    }

    @Test
    void startsWhateverHindersTheArchive() throws Exception {
        Files.delete(archive());
        Files.createDirectory(jar.resolveSibling("poro.lock")); // as the lock of another user

        PoroProcess.Result result = run(launcher, "SET k v\n");

        assertThat(result.text()).isEqualTo("OK\n");
        assertThat(result.exitStatus).isZero();
    }

    @Test
    void startsWithASmallHeap() throws Exception {
        assertThat(run(launcher, "SET k v\n", Map.of("PORO_OPTS", "-Xmx24m -XX:TieredStopAtLevel=1"))
                        .text())
                .isEqualTo("OK\n");
    }

    private void whileItIsLocked(ThrowingCallable body) throws Exception {
        assumeTrue(isThere("flock"), "no flock");
        Process other = new ProcessBuilder(
                        "flock", jar.resolveSibling("poro.lock").toString(), SHELL.toString(), "-c", "echo; read end")
                .start();
        try {
            assertThat(other.getInputStream().read()).isEqualTo('\n'); // it has the lock
            assertThatCode(body).doesNotThrowAnyException();
        } finally {
            other.getOutputStream().close();
            other.waitFor();
        }
    }

    private static boolean isThere(String program) throws Exception {
        return new ProcessBuilder(SHELL.toString(), "-c", "command -v " + program)
                        .start()
                        .waitFor()
                == 0;
    }

    @Test
    void takesTheClassesFromItsJarWhereNoArchiveCanBeMade() throws Exception {
        assertThat(classesLoaded("poro"))
                .filteredOn(line -> line.contains(" dev.poro.cli.Main "))
                .singleElement()
                .asString()
                .doesNotContain("shared objects file");
    }

    /** What Java says of each class that a session loads, and of where it comes from. */
    private List<String> classesLoaded(String name) throws Exception {
        Path log = directory.resolve(name + ".log");
        String option = "-Xlog:class+load:file=" + log;
        assertThat(runWith(Map.of("PORO_OPTS", option), List.of(launcher.toString()), "GET k\n").exitStatus)
                .isZero();
        return Files.readAllLines(log);
    }

    @Test
    void buildsOnFirstUse() throws Exception {
        Files.delete(jar);

        PoroProcess.Result result = run(launcher, "SET k v\n", fakeMaven(FAKE_MAVEN));

        assertThat(result.errors).isEqualTo("poro: building (first use) ...\n");
        assertThat(result.text()).isEqualTo("OK\n");
    }

    @Test
    void buildsAgainWhenASourceIsNewer() throws Exception {
        Map<String, String> maven = fakeMaven(FAKE_MAVEN);
        Path source = Files.createFile(project.resolve("poro-app/src/main/Changed.java"));
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().minusSeconds(5)));
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now().minusSeconds(10)));

        assertThat(run(launcher, "GET k\n", maven).errors).isEqualTo("poro: building (sources have changed) ...\n");
        assertThat(run(launcher, "GET k\n", maven).errors).isEmpty();
    }

    @Test
    void buildsOnceForTwoThatStartAtOnce() throws Exception {
        Files.delete(jar);
        Map<String, String> maven = new HashMap<>(fakeMaven(FAKE_MAVEN));
        maven.put("PORO_TEST_BUILD_S", "1"); // so that the second one comes while the first one builds

        try (PoroProcess one = PoroProcess.start(builder(maven, List.of(launcher.toString(), "--wal", "one")));
                PoroProcess two = PoroProcess.start(builder(maven, List.of(launcher.toString(), "--wal", "two")))) {
            assertThat(one.finish(ascii("SET k v\n")).text()).isEqualTo("OK\n");
            assertThat(two.finish(ascii("SET k v\n")).text()).isEqualTo("OK\n");
        }
        assertThat(project.resolve("builds")).hasContent("built\n");
    }

    @Test
    void buildsAgainWhenABuildWasCutShort() throws Exception {
        Files.writeString(jar, "half a jar");
        Files.createFile(project.resolve("poro-app/target/poro.building"));

        assertThat(run(launcher, "SET k v\n", fakeMaven(FAKE_MAVEN)).text()).isEqualTo("OK\n");
    }

    @Test
    void showsWhyTheBuildFailed() throws Exception {
        Files.delete(jar);

        PoroProcess.Result result = run(launcher, "SET k v\n", fakeMaven("#!/bin/sh\necho no luck today\nexit 1\n"));

        assertThat(result.errors).contains("no luck today\n").endsWith("poro: the build failed\n");
        assertThat(result.exitStatus).isEqualTo(ExitStatus.FAILURE);
    }

    @Test
    void showsHowFarABuildIs() throws Exception {
        Files.delete(jar);
        String talkative = FAKE_MAVEN + """
                echo '[INFO] Scanning for projects...'
                echo '[INFO] Building Poro: write-ahead log 1.0.0                                  [3/5]'
                echo '[INFO]   from poro-wal/pom.xml'
                """;

        PoroProcess.Result result = run(launcher, "SET k v\n", fakeMaven(talkative));

        assertThat(result.errors).isEqualTo("""
                poro: building (first use) ...
                poro: building 3/5: Poro: write-ahead log
                """);
        assertThat(result.text()).isEqualTo("OK\n");
    }

    @Test
    void isFoundWhateverCdPathSays() throws Exception {
        shareClasses();
        Path relative = caller.relativize(launcher);

        PoroProcess.Result result = run(relative, "SET k v\n", Map.of("CDPATH", directory + ":."), SHELL.toString());

        assertThat(result.errors).isEmpty();
        assertThat(result.text()).isEqualTo("OK\n");
    }

    @Test
    @Tag("R26")
    @Tag("R30")
    void findsNothingInAClosedInputAndFailsAtAClosedOutput() throws Exception {
        shareClasses();
        PoroProcess.Result deaf = shell("\"$0\" <&-");
        PoroProcess.Result mute = shell("echo SET k v | \"$0\" >&-");
        PoroProcess.Result silent = shell("echo GET | \"$0\" 2>&-");

        assertThat(deaf.text()).isEmpty();
        assertThat(deaf.exitStatus).isZero();
        assertThat(mute.errors).startsWith("poro: cannot write to standard output: ");
        assertThat(mute.exitStatus).isEqualTo(ExitStatus.FAILURE);
        assertThat(silent.text()).startsWith("(error) ERR wrong number of arguments");
        assertThat(caller.toFile().list()).containsExactly("poro.wal");
    }

    @Test
    @Tag("R30")
    void putsTheStoreWhereItIsToldWhateverTheLocale() throws Exception {
        shareClasses();
        Path elsewhere = Files.createDirectory(caller.resolve("données кл دبل"));
        for (String locale : List.of("C", "xx_XX.UTF-8", "")) {
            PoroProcess.Result result = shell(
                    "cd '" + elsewhere + "' && echo SET k v | \"$0\" --wal 'ключ'",
                    Map.of("LC_ALL", locale, "LC_CTYPE", "", "LANG", locale));

            assertThat(result.errors).as(locale).isEmpty();
            assertThat(result.text()).as(locale).isEqualTo("OK\n");
            assertThat(elsewhere.toFile().list()).as(locale).containsExactly("ключ");
        }
        assertThat(caller.toFile().list()).hasSize(1);
    }

    /** Runs a line of shell, in which {@code $0} is the launcher. */
    private PoroProcess.Result shell(String line) throws Exception {
        return shell(line, Map.of());
    }

    private PoroProcess.Result shell(String line, Map<String, String> environment) throws Exception {
        return runWith(environment, List.of(SHELL.toString(), "-c", line, launcher.toString()), "");
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        assertThat(run(launcher, "", Map.of("JAVA_HOME", "/nowhere")).errors)
                .startsWith("poro: ")
                .contains("JAVA_HOME", "/nowhere");
        assertThat(run(launcher, "", Map.of("JAVA_HOME", "", "PATH", "/nowhere")).errors)
                .startsWith("poro: ")
                .contains("Java 17");
        assertThat(run(launcher, "", Map.of("JAVA_HOME", oldJava().toString())))
                .satisfies(result -> assertThat(result.errors).startsWith("poro: needs Java 17 or later"))
                .satisfies(result -> assertThat(result.exitStatus).isEqualTo(ExitStatus.FAILURE));
    }

    private PoroProcess.Result run(Path program, String input, String... interpreter) throws Exception {
        return run(program, input, Map.of(), interpreter);
    }

    private PoroProcess.Result run(Path program, String input, Map<String, String> environment, String... interpreter)
            throws Exception {
        List<String> command =
                interpreter.length == 0 ? List.of(program.toString()) : List.of(interpreter[0], program.toString());
        return runWith(environment, command, input);
    }

    private PoroProcess.Result runWith(Map<String, String> environment, List<String> command, String input)
            throws Exception {
        try (PoroProcess poro = PoroProcess.start(builder(environment, command))) {
            return poro.finish(ascii(input));
        }
    }

    private ProcessBuilder builder(Map<String, String> environment, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(caller.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("HOME", home.toString());
        builder.environment().remove("XDG_CACHE_HOME");
        // Sessions this short have no use for the compiler for long runs.
        builder.environment().put("PORO_OPTS", "-XX:TieredStopAtLevel=1");
        builder.environment().putAll(environment);
        return builder;
    }

    /** An environment with another Maven, and with a Java that does not start what this one builds. */
    private Map<String, String> fakeMaven(String script) throws IOException {
        executable(directory.resolve("maven/mvn"), script);
        Path fakeJava = directory.resolve("fake java");
        executable(fakeJava.resolve("bin/java"), FAKE_JAVA);
        Files.writeString(fakeJava.resolve("release"), "JAVA_VERSION=\"17\"\n");
        return Map.of(
                "JAVA_HOME",
                fakeJava.toString(),
                "PATH",
                directory.resolve("maven") + ":" + System.getenv("PATH"),
                "PORO_TEST_JAR",
                System.getProperty("poro.jar"));
    }

    private Path oldJava() throws IOException {
        Path home = directory.resolve("old java");
        executable(home.resolve("bin/java"), "#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n");
        return home;
    }

    private static void executable(Path file, String script) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, script);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Path sizeOfArchive() {
        return archive().resolveSibling(archive().getFileName() + ".size");
    }

    private Path archive() {
        return jar.resolveSibling("poro-java-" + System.getProperty("java.runtime.version") + ".jsa");
    }

    private void makeSourcesOlderThanTheJar() throws IOException {
        FileTime older =
                FileTime.from(Files.getLastModifiedTime(jar).toInstant().minusSeconds(60));
        Files.setLastModifiedTime(project.resolve("pom.xml"), older);
        Files.setLastModifiedTime(project.resolve("poro-app/src/main"), older);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
