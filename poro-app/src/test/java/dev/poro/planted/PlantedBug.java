package dev.poro.planted;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A mistake that somebody could make in the production code, as the replacement of one fragment of one source file.
 * The production code knows nothing of it. All of them are in {@code planted-bugs.txt}.
 *
 * @param requirements those of RELIABILITY.md that it breaks
 * @param className the class that is changed
 * @param original occurs exactly once in the file; blanks and line ends are all the same
 */
record PlantedBug(
        String id,
        List<String> requirements,
        String description,
        String className,
        String original,
        String replacement) {
    private static final String RESOURCE = "planted-bugs.txt";
    private static final Pattern HEADING = Pattern.compile("([a-z0-9-]+) \\((R\\d+(?:, R\\d+)*)\\)");

    static List<PlantedBug> all() {
        try (InputStream in = PlantedBug.class.getResourceAsStream(RESOURCE)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Arrays.stream(text.split("\n\n+"))
                    .map(block -> block.lines()
                            .filter(line -> !line.startsWith("#"))
                            .map(String::strip)
                            .collect(Collectors.toList()))
                    .filter(lines -> !lines.isEmpty())
                    .map(PlantedBug::parse)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PlantedBug parse(List<String> lines) {
        Matcher heading = HEADING.matcher(lines.get(0));
        if (!heading.matches()) {
            throw new IllegalArgumentException(RESOURCE + ": not a heading: " + lines.get(0));
        }
        List<String> description = new ArrayList<>();
        String className = "";
        String original = "";
        String replacement = "";
        for (String line : lines.subList(1, lines.size())) {
            if (line.startsWith("in ")) {
                className = line.substring(3);
            } else if (line.startsWith("- ")) {
                original += line.substring(1);
            } else if (line.startsWith("+ ")) {
                replacement += line.substring(1);
            } else {
                description.add(line);
            }
        }
        return new PlantedBug(
                heading.group(1),
                List.of(heading.group(2).split(", ")),
                String.join(" ", description),
                className,
                original.strip(),
                replacement.strip());
    }

    String packageName() {
        return className.substring(0, className.lastIndexOf('.'));
    }

    /** How often the original occurs in the source as it is. */
    int occurrences() {
        return (int) pattern().matcher(source()).results().count();
    }

    /** The source with the bug in it. */
    String plantedSource() {
        String source = source();
        List<MatchResult> places = pattern().matcher(source).results().toList();
        if (places.size() != 1) {
            throw new IllegalStateException(
                    id + ": occurs " + places.size() + " times in " + sourceFile() + ": " + original);
        }
        MatchResult place = places.get(0);
        return source.substring(0, place.start()) + replacement + source.substring(place.end());
    }

    private Pattern pattern() {
        return Pattern.compile(
                Arrays.stream(original.split(" ")).map(Pattern::quote).collect(Collectors.joining("\\s+")));
    }

    private String source() {
        try {
            return Files.readString(sourceFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path sourceFile() {
        String file = "src/main/java/" + className.replace('.', '/') + ".java";
        // Tests run in their module's directory; the modules lie side by side.
        Path project = Path.of("").toAbsolutePath().getParent();
        return List.of("poro-events", "poro-statemachine", "poro-wal", "poro-app").stream()
                .map(module -> project.resolve(module).resolve(file))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(id + ": no source of " + className));
    }
}
