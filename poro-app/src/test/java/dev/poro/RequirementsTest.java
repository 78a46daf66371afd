package dev.poro;

import static java.util.function.Predicate.not;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each requirement of reliability, R1 and so on, is the tag of at least one test: {@code mvn verify -Dgroups=R7}. */
class RequirementsTest {
    private static final List<String> REQUIRED =
            IntStream.rangeClosed(1, 40).mapToObj(number -> "R" + number).toList();
    private static final Pattern TAG = Pattern.compile("^ *@Tag\\(\"(R\\d+)\"\\)$", Pattern.MULTILINE);
    private static final List<String> MODULES = List.of("poro-events", "poro-statemachine", "poro-wal", "poro-app");

    @Test
    void everyRequirementHasATestThatNamesIt() throws IOException {
        Map<String, Set<String>> testsByTag = new TreeMap<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(Path.of("..", module, "src/test/java"))) {
                for (Path test : files.filter(not(Files::isDirectory)).toList()) {
                    for (MatchResult tag :
                            TAG.matcher(Files.readString(test)).results().toList()) {
                        testsByTag
                                .computeIfAbsent(tag.group(1), name -> new TreeSet<>())
                                .add(test.getFileName().toString());
                    }
                }
            }
        }
        List<String> missing = new ArrayList<>(REQUIRED);
        missing.removeAll(testsByTag.keySet());
        assertThat(missing).as("tagged: %s", testsByTag).isEmpty();
    }
}
