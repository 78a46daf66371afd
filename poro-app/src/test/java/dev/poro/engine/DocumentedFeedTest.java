package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in README.md that follows changes, as it stands there. */
class DocumentedFeedTest {
    private static final Pattern PROGRAM =
            Pattern.compile("```java\n((?:(?!```).)*class UserChanges .*?)```", Pattern.DOTALL);

    @TempDir
    private Path directory;

    @Test
    void goesOnWhereItWas() throws Exception {
        Matcher program = PROGRAM.matcher(Files.readString(Path.of("README.md")));
        assertThat(program.find()).isTrue();
        Path source = Files.writeString(directory.resolve("UserChanges.java"), program.group(1));
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
                        new URL[] {directory.toUri().toURL()}, getClass().getClassLoader());
                Poro poro = Poro.at(directory.resolve("poro.wal"))
                        .sync(SyncPolicy.ALWAYS)
                        .changes(Retention.ALL)
                        .open()) {
            Method show = loader.loadClass("UserChanges").getMethod("show", Poro.class, Path.class);
            poro.set("user:1", "Ada");
            poro.set("other", "1");
            assertThat(shown(show, poro)).startsWith("SET user:1 at ").hasLineCount(1);
            poro.delete("user:1");
            assertThat(shown(show, poro)).startsWith("DELETE user:1 at ").hasLineCount(1);
        }
    }

    private String shown(Method show, Poro poro) throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        System.setOut(new PrintStream(output, true, UTF_8));
        try {
            show.invoke(null, poro, directory.resolve("bookmark"));
        } finally {
            System.setOut(before);
        }
        return output.toString(UTF_8);
    }
}
