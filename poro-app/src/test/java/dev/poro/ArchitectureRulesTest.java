package dev.poro;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import dev.poro.cli.LooksBelowTheEngine;
import dev.poro.command.PlantedArrowOfACommand;
import dev.poro.engine.PlantedArrowOfTheEngine;
import dev.poro.events.KeyEventListener;
import dev.poro.events.Outcome;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.StateMachine;
import dev.poro.statemachine.StateMachineException;
import dev.poro.statemachine.WaysAroundApply;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules of {@link ArchitectureTest} can be broken, and notice it. */
class ArchitectureRulesTest {
    private static final List<Class<?>> VIOLATORS = List.of(
            AppliesAnEvent.class, AppliesAnEventWithItsHash.class, AppliesAnEventAndTells.class, HandsApplyOn.class);

    @Test
    void noWayAroundTheHandlerAndReplayIsOverlooked() {
        for (Class<?> violator : VIOLATORS) {
            assertThat(violations(ArchitectureTest.stateChangesOnlyByTheHandlerAndByReplay, violator))
                    .as(violator.getSimpleName())
                    .isNotEmpty();
        }
    }

    /** One more would be one more way around. */
    @Test
    void everyOverloadOfApplyHasAViolator() {
        long overloads = Arrays.stream(StateMachine.class.getDeclaredMethods())
                .filter(method -> method.getName().equals("apply"))
                .count();
        assertThat(overloads).isEqualTo(3);
    }

    @Test
    void whoOnlyReadsTheStateBreaksNoRule() {
        assertThat(violations(ArchitectureTest.stateChangesOnlyByTheHandlerAndByReplay, OnlyReads.class))
                .isEmpty();
    }

    @Test
    void plumbingIsSeenWhereverItIsShown() {
        ArchRule rule = ArchRuleDefinition.classes().should(new SpeakOnlyOf("java..", "dev.poro"));

        assertThat(violations(rule, ShowsPlumbing.class)).hasSize(5);
        assertThat(violations(rule, HidesPlumbing.class)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("waysAroundApply")
    void noWayAroundApplyWithinTheModuleIsOverlooked(Class<?> way) {
        assertThat(violations(ArchitectureTest.stateIsWrittenOnlyByApplyAndByARestore, stateMachineWith(way)))
                .anyMatch(each -> each.contains(way.getSimpleName()))
                .allMatch(each -> each.contains(way.getSimpleName()));
    }

    static List<Class<?>> waysAroundApply() {
        return WaysAroundApply.ALL;
    }

    private static JavaClasses stateMachineWith(Class<?> more) {
        Location module = Location.of(
                StateMachine.class.getProtectionDomain().getCodeSource().getLocation());
        String file = more.getName().substring(more.getPackageName().length() + 1) + ".class";
        return new ClassFileImporter().importLocations(List.of(module, Location.of(more.getResource(file))));
    }

    @Test
    void whoLooksBelowTheEngineIsNotOverlooked() {
        assertThat(violations(ArchitectureTest.usersOfTheEngineSeeNothingBelowIt, LooksBelowTheEngine.class))
                .hasSize(2);
    }

    /** What is on the list and used no more could come back unseen. */
    @Test
    void everyClassThatTheEngineStillShowsIsUsed() {
        JavaClasses users = new ClassFileImporter()
                .withImportOption(new ArchitectureTest.NoTests())
                .importPackages("dev.poro.cli", "dev.poro.command", "dev.poro.server");
        Set<String> used = users.stream()
                .flatMap(user -> user.getDirectDependenciesFromSelf().stream())
                .map(dependency -> dependency.getTargetClass().getFullName())
                .collect(Collectors.toSet());
        assertThat(used).containsAll(ArchitectureTest.SHOWN_BY_THE_ENGINE);
    }

    @Test
    void anArrowThatPointsBackIsNoticed() {
        assertThat(violations(ArchitectureTest.commandsKnowOnlyTheEngine, PlantedArrowOfACommand.class))
                .isNotEmpty();
        assertThat(violations(ArchitectureTest.onlyTheCliTalksToATerminal, PlantedArrowOfACommand.class))
                .isNotEmpty();
        assertThat(violations(ArchitectureTest.engineKnowsNoneOfItsUsers, PlantedArrowOfTheEngine.class))
                .isNotEmpty();
    }

    private static List<String> violations(ArchRule rule, Class<?> violator) {
        return violations(rule, new ClassFileImporter().importClasses(violator));
    }

    private static List<String> violations(ArchRule rule, JavaClasses classes) {
        return rule.evaluate(classes).getFailureReport().getDetails();
    }

    static final class AppliesAnEvent {
        Outcome run(StateMachine state, RecordFlyweight record) {
            return state.apply(1, 0, record);
        }
    }

    static final class AppliesAnEventWithItsHash {
        Outcome run(StateMachine state, RecordFlyweight record) {
            return state.apply(1, 0, record, 0);
        }
    }

    static final class AppliesAnEventAndTells {
        Outcome run(StateMachine state, RecordFlyweight record, KeyEventListener listener) {
            return state.apply(1, 0, record, 0, listener, null);
        }
    }

    static final class SkipsEvents {
        void run(StateMachine state) {
            state.skipTo(2);
        }
    }

    static final class HandsApplyOn {
        @FunctionalInterface
        interface Applier {
            Outcome apply(long sequence, long timestamp, RecordFlyweight record);
        }

        Applier run(StateMachine state) {
            return state::apply;
        }
    }

    abstract static class ShowsPlumbing implements Supplier<Outcome> {
        public final Outcome[] field = {};

        protected ShowsPlumbing(List<? extends Outcome> parameter) {}

        public abstract Outcome result();

        public abstract void failure() throws StateMachineException;
    }

    abstract static class HidesPlumbing {
        Outcome result() {
            return null;
        }
    }

    static final class OnlyReads {
        byte[] run(StateMachine state) {
            return state.get(new byte[0]);
        }
    }
}
