package dev.poro;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.TestScale;
import dev.poro.process.harness.Machine;
import dev.poro.process.harness.PoroProcess;
import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The program of the README, as it stands there, against the jars that an embedder gets: compiled and run without
 * flags, on the class path, and on the module path as a module that requires the store and nothing else.
 */
class EmbeddingIT {
    private static final Path ROOT = Path.of("..");
    private static final Pattern README_PROGRAM = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    private static final Set<String> HIDDEN = Set.of("dev.poro.cli", "dev.poro.engine.internal");

    /** What JDK 24 and later say of Chronicle, unless a flag allows it. */
    private static final Pattern UNSAFE_WARNING =
            Pattern.compile("WARNING: (A terminally deprecated method in sun\\.misc\\.Unsafe has been called"
                    + "|sun\\.misc\\.Unsafe::\\w+ (has been called by .*|will be removed in a future release)"
                    + "|Please consider reporting this to the maintainers of class .*UnsafeMemory)");

    @TempDir
    Path directory;

    private enum Mode {
        CLASS_PATH("", "Example", "-classpath"),
        MODULE_PATH("package example;\n", "example/example.Example", "--module-path");

        private final String packageLine;
        private final String main;
        private final String pathOption;

        Mode(String packageLine, String main, String pathOption) {
            this.packageLine = packageLine;
            this.main = main;
            this.pathOption = pathOption;
        }

        /** Writes the sources of the program; returns their files. */
        List<String> write(Path directory, String program) throws IOException {
            Path example = Files.writeString(directory.resolve("Example.java"), packageLine + program);
            if (this == CLASS_PATH) {
                return List.of(example.toString());
            }
            Path module = Files.writeString(
                    directory.resolve("module-info.java"), "module example { requires dev.poro.app; }");
            return List.of(example.toString(), module.toString());
        }

        List<String> run(String path) {
            return this == MODULE_PATH ? List.of(pathOption, path, "--module", main) : List.of(pathOption, path, main);
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void compilesAndRunsWithoutFlags(Mode mode) throws Exception {
        compileAndRun(
                mode,
                Path.of(System.getProperty("java.home")),
                Runtime.version().feature());
    }

    static List<Mode> modesOnJdk25() {
        return TestScale.ENABLED ? List.of(Mode.values()) : List.of(Mode.MODULE_PATH);
    }

    @ParameterizedTest
    @MethodSource("modesOnJdk25")
    void compilesAndRunsWithoutFlagsOnJdk25(Mode mode) throws Exception {
        compileAndRun(mode, Machine.requireJdk("25"), 25);
    }

    @Test
    void modulesAreNamedAsTheirArtifacts() throws IOException {
        for (Path jar : ourJars()) {
            String artifact = jar.getFileName().toString().replaceFirst("-\\d.*", "");
            assertThat(descriptorOf(jar).name()).isEqualTo("dev." + artifact.replace('-', '.'));
        }
    }

    @Test
    void theStoresModuleExportsAllPackagesButTheHiddenOnes() throws IOException {
        ModuleDescriptor store = descriptorOf(ourJars().get(0));
        Set<String> shown = new TreeSet<>(store.packages());
        shown.removeAll(HIDDEN);

        assertThat(store.exports()).extracting(Exports::source).containsExactlyInAnyOrderElementsOf(shown);
    }

    private void compileAndRun(Mode mode, Path jdk, int feature) throws Exception {
        Path classes = Files.createDirectory(directory.resolve("classes"));
        // As a program may choose for itself: SLF4J's simple logger prints more than warnings otherwise.
        Files.writeString(classes.resolve("simplelogger.properties"), "org.slf4j.simpleLogger.defaultLogLevel=warn");

        // path: the manifest of Chronicle's jars names files that are not beside them.
        List<String> javac = new ArrayList<>(List.of(tool(jdk, "javac"), "-J-XX:TieredStopAtLevel=1"));
        javac.addAll(List.of("-Xlint:all,-path", "-Werror", "-d", classes.toString(), mode.pathOption));
        javac.add(String.join(File.pathSeparator, embeddersJars()));
        javac.addAll(mode.write(directory, readmeProgram()));
        PoroProcess.Result compiled = run(javac);
        assertThat(compiled.errors + compiled.text()).isEmpty();
        assertThat(compiled.exitStatus).isZero();

        List<String> path = new ArrayList<>(List.of(classes.toString()));
        path.addAll(embeddersJars());
        List<String> java = new ArrayList<>(List.of(tool(jdk, "java")));
        java.addAll(mode.run(String.join(File.pathSeparator, path)));
        PoroProcess.Result ran = run(java);
        assertThat(ran.errors.lines().filter(line -> feature < 24 || !isUnsafeWarning(line)))
                .isEmpty();
        assertThat(ran.text()).isEqualTo("Hello, World!\n");
        assertThat(ran.exitStatus).isZero();
    }

    /** Of the artifacts that the store is built with, those that an embedder does not get. */
    private static boolean isOptional(String jar) {
        return jar.contains("picocli") || jar.contains("jline") || jar.contains("netty");
    }

    private static boolean isUnsafeWarning(String line) {
        return UNSAFE_WARNING.matcher(line).matches();
    }

    private static String readmeProgram() throws IOException {
        Matcher program = README_PROGRAM.matcher(Files.readString(ROOT.resolve("README.md")));
        assertThat(program.find()).as("a Java program in the README").isTrue();
        return program.group(1);
    }

    /** The four artifacts; the one that an embedder names is the first. */
    private static List<Path> ourJars() throws IOException {
        return embeddersJars().stream()
                .map(Path::of)
                .filter(jar -> jar.getFileName().toString().startsWith("poro-"))
                .toList();
    }

    /** What the artifact brings, and a logger for it. */
    private static List<String> embeddersJars() throws IOException {
        String dependencies = Files.readString(Path.of(System.getProperty("poro.classpath")));
        List<String> jars = new ArrayList<>(List.of(System.getProperty("poro.artifact")));
        jars.addAll(List.of(dependencies.strip().split(File.pathSeparator)));
        jars.removeIf(EmbeddingIT::isOptional);
        return jars;
    }

    private static ModuleDescriptor descriptorOf(Path jar) {
        return ModuleFinder.of(jar).findAll().iterator().next().descriptor();
    }

    private static String tool(Path jdk, String name) {
        return jdk.resolve("bin").resolve(name).toString();
    }

    private PoroProcess.Result run(List<String> command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JDK_JAVAC_OPTIONS"));
        try (PoroProcess process = PoroProcess.start(builder)) {
            return process.finish(new byte[0]);
        }
    }
}
