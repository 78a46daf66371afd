package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The programs in HISTORY.md, as they stand there, print what the page says. */
class DocumentedHistoryTest {
    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "SearchIndex|green: [2, 3], apple: [3]",
                "AuditTrail|SET account:1 from nothing to 100;SET account:1 from 100 to 300",
                "Undo|first;first"
            })
    void prints(String name, String lines) throws Exception {
        String page = Files.readString(Path.of("HISTORY.md"));
        Matcher program = Pattern.compile("```java\n((?:(?!```).)*public class " + name + " .*?)```", Pattern.DOTALL)
                .matcher(page);
        assertThat(program.find()).isTrue();
        for (String line : lines.split(";", -1)) {
            assertThat(page).contains("`" + (name.equals("Undo") ? "first` twice" : line + "`"));
        }
        Path source = Files.writeString(directory.resolve(name + ".java"), program.group(1));
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
            String[] path = {directory.resolve("poro.wal").toString()};
            assertThat(printed(loader.loadClass(name), path)).containsExactly(lines.split(";", -1));
        }
    }

    private static List<String> printed(Class<?> program, String[] arguments) throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        System.setOut(new PrintStream(output, true, UTF_8));
        try {
            program.getMethod("main", String[].class).invoke(null, (Object) arguments);
        } finally {
            System.setOut(before);
        }
        return output.toString(UTF_8).lines().toList();
    }
}
