package dev.poro;

import static java.util.function.Predicate.not;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Where a class of the log or of the engine is tested can be read: in the test of its name, or in one whose Javadoc
 * names it by {@code @see}. Interfaces, enums and exceptions are tested where they are used.
 */
class TestedClassesTest {
    private static final List<Path> TESTED =
            List.of(Path.of("../poro-wal/src/main/java/dev/poro/wal"), Path.of("src/main/java/dev/poro/engine"));
    private static final List<Path> TESTS = List.of(Path.of("../poro-wal/src/test/java"), Path.of("src/test/java"));

    private static final Pattern CLASS =
            Pattern.compile("^(?:public )?(?:(?:abstract|final) )*(?:class|record) (\\w+)", Pattern.MULTILINE);
    private static final Pattern TEST =
            Pattern.compile("^(?:(?:abstract|final) )*class (\\w+)(?:Test|IT)\\b", Pattern.MULTILINE);
    private static final Pattern SEE = Pattern.compile("^ \\* @see (?:[\\w.]+\\.)?(\\w+)$", Pattern.MULTILINE);

    @Test
    void eachIsNamedByATest() {
        Set<String> untested = found(CLASS, TESTED);
        assertThat(untested).contains("LogWriter", "Publisher", "FileCopy", "Salvage");
        untested.removeIf(name -> name.endsWith("Exception"));
        untested.removeAll(found(TEST, TESTS));
        untested.removeAll(found(SEE, TESTS));
        assertThat(untested)
                .as("say in the Javadoc of a test, by @see, that it tests them")
                .isEmpty();
    }

    @Test
    void whatATestNamesIsThere() {
        Set<String> named = found(SEE, TESTS);
        named.removeAll(found(CLASS, TESTED));
        assertThat(named).isEmpty();
    }

    private static Set<String> found(Pattern pattern, List<Path> places) {
        return places.stream()
                .flatMap(TestedClassesTest::sources)
                .flatMap(source -> pattern.matcher(source).results())
                .map(match -> match.group(1))
                .collect(toCollection(TreeSet::new));
    }

    private static Stream<String> sources(Path place) {
        try (Stream<Path> files = Files.walk(place)) {
            return files.filter(not(Files::isDirectory)).map(TestedClassesTest::read).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
