package dev.poro.planted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.events.TestScale;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** In every build: the planted bugs still fit the production code, and the layers name tests that exist. */
class PlantedBugsTest {
    @TempDir
    Path directory;

    @Test
    void thereAreEnoughOfThem() {
        assertThat(PlantedBug.all())
                .hasSizeGreaterThanOrEqualTo(25)
                .doesNotHaveDuplicates()
                .allSatisfy(bug -> assertThat(bug.description()).isNotBlank());
        assertThat(PlantedBug.all()).extracting(PlantedBug::id).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void changesOnePlace(PlantedBug bug) {
        assertThat(bug.occurrences())
                .as("\"%s\" in %s", bug.original(), bug.className())
                .isEqualTo(1);
        assertThat(bug.replacement()).isNotBlank().isNotEqualTo(bug.original());
    }

    /** One bug of each class at a time: starting the compiler takes longer than compiling a class. */
    @Test
    void allCompile() throws Exception {
        assumeTrue(TestScale.ENABLED, "takes some seconds");
        Map<String, Integer> ofClass = new HashMap<>();
        List<List<PlantedBug>> rounds = new ArrayList<>();
        for (PlantedBug bug : PlantedBug.all()) {
            int round = ofClass.merge(bug.className(), 1, Integer::sum) - 1;
            if (round == rounds.size()) {
                rounds.add(new ArrayList<>());
            }
            rounds.get(round).add(bug);
        }
        for (List<PlantedBug> round : rounds) {
            Path classes = PlantedClasses.compile(round, directory.resolve("round" + rounds.indexOf(round)));
            assertThat(round)
                    .allSatisfy(bug -> assertThat(
                                    classes.resolve(bug.className().replace('.', '/') + ".class"))
                            .exists());
        }
    }

    static List<PlantedBug> bugs() {
        return PlantedBug.all().stream()
                .sorted(Comparator.comparing(PlantedBug::className))
                .toList();
    }

    @ParameterizedTest
    @EnumSource(TestLayer.class)
    void aLayerNamesTestsThatExist(TestLayer layer) {
        assertThat(layer.selectors("")).isNotEmpty();
    }
}
