package dev.poro.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.io.TempDir;

/** The extension of JUnit in README.md, as it stands there. */
class DocumentedExtensionTest {
    private static final Pattern PROGRAM =
            Pattern.compile("```java\n((?:(?!```).)*class PoroExtension .*?)```", Pattern.DOTALL);

    @TempDir
    private Path directory;

    @Test
    void startsAServerThatIsEmptyForEachTest() throws Exception {
        Path source = Files.writeString(directory.resolve("PoroExtension.java"), program());
        List<String> arguments = List.of(
                "-Xlint:all,-path,-processing,-classfile",
                "-proc:none",
                "-d",
                directory.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                source.toString());
        int status = ToolProvider.getSystemJavaCompiler()
                .run(null, System.out, System.err, arguments.toArray(String[]::new));
        assertThat(status).isZero();

        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {directory.toUri().toURL()}, getClass().getClassLoader())) {
            Object extension =
                    loader.loadClass("PoroExtension").getDeclaredConstructor().newInstance();
            ((BeforeAllCallback) extension).beforeAll(null);
            int port = (int) extension.getClass().getMethod("port").invoke(extension);
            try (RespClient client = new RespClient(port)) {
                assertThat(client.call("SET", "k", "v")).isEqualTo("OK");
                ((BeforeEachCallback) extension).beforeEach(null);
                assertThat(client.call("GET", "k")).isEqualTo("(nil)");
            } finally {
                ((AfterAllCallback) extension).afterAll(null);
            }
        }
    }

    private static String program() throws IOException {
        Matcher program = PROGRAM.matcher(Files.readString(Path.of("README.md")));
        assertThat(program.find()).as("the extension in the README").isTrue();
        return program.group(1);
    }
}
