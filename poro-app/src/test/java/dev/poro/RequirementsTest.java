package dev.poro;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.properties.HasAnnotations;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Tags;
import org.junit.jupiter.api.Test;

/** Each requirement of reliability, R1 and so on, is the tag of at least one test: {@code mvn verify -Dgroups=R7}. */
class RequirementsTest {
    private static final List<String> REQUIRED =
            IntStream.rangeClosed(1, 40).mapToObj(number -> "R" + number).toList();

    @Test
    void everyRequirementHasATestThatNamesIt() {
        Map<String, Set<String>> testsByTag = new TreeMap<>();
        for (JavaClass tested : new ClassFileImporter().importPackages("dev.poro")) {
            collect(tested, tested, testsByTag);
            tested.getMethods().forEach(method -> collect(method, tested, testsByTag));
        }
        List<String> missing = new ArrayList<>(REQUIRED);
        missing.removeAll(testsByTag.keySet());
        assertThat(missing).as("tagged: %s", testsByTag).isEmpty();
    }

    private static void collect(HasAnnotations<?> annotated, JavaClass tested, Map<String, Set<String>> testsByTag) {
        List<Tag> tags = new ArrayList<>();
        annotated.tryGetAnnotationOfType(Tag.class).ifPresent(tags::add);
        annotated.tryGetAnnotationOfType(Tags.class).ifPresent(several -> tags.addAll(List.of(several.value())));
        for (Tag tag : tags) {
            testsByTag.computeIfAbsent(tag.value(), name -> new TreeSet<>()).add(tested.getSimpleName());
        }
    }
}
