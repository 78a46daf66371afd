package dev.poro;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.poro.statemachine.StateMachine;
import java.lang.reflect.Field;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The memory of a closed store is given back when no stack shows a method that uses it: {@code RetiredArenas} knows
 * those methods by name. One that is missing there would read memory that is another's by then.
 */
@Tag("R39")
class TableUsersTest {
    /** They make a table, or give it up; their caller knows that nobody else is there. */
    private static final Set<String> OWNERS = Set.of("<init>", "close", "retire", "emptyTable", "dropEntries");

    /** Of the module alone, without its tests. */
    private final JavaClasses classes = new ClassFileImporter()
            .importUrl(StateMachine.class.getProtectionDomain().getCodeSource().getLocation());

    private final JavaClass stateMachine = classes.get(StateMachine.class);

    @Test
    void everyMethodThatUsesATableIsKnownByName() throws ReflectiveOperationException {
        Set<String> known = known();
        Set<String> users = stateMachine.getCodeUnits().stream()
                .filter(TableUsersTest::usesTable)
                .map(JavaCodeUnit::getName)
                .collect(Collectors.toSet());
        assertThat(users).contains("readCopy", "readInto", "readReport", "set", "delete", "stepSnapshot");
        assertThat(stateMachine.getCodeUnits())
                .filteredOn(TableUsersTest::usesTable)
                .filteredOn(user -> !isOnlyReachedThrough(known, user, new HashSet<>()))
                .isEmpty();
    }

    @Test
    void nobodyElseGetsHoldOfATable() {
        assertThat(callersOutside("table")).containsExactly("PrefetchGroup");
        assertThat(callersOutside("emptyTable")).containsExactly("SnapshotRestorer");
    }

    private Set<String> callersOutside(String name) {
        return stateMachine.getAccessesToSelf().stream()
                .filter(access -> access.getName().equals(name))
                .map(JavaAccess::getOriginOwner)
                .filter(caller -> !caller.equals(stateMachine))
                .map(JavaClass::getSimpleName)
                .collect(Collectors.toSet());
    }

    private static boolean usesTable(JavaCodeUnit method) {
        return method.getMethodCallsFromSelf().stream()
                .map(call -> call.getTargetOwner().getSimpleName())
                .anyMatch(Set.of("Table", "EntryReader", "SnapshotWalk", "Index", "Entries")::contains);
    }

    private static boolean isOnlyReachedThrough(Set<String> known, JavaCodeUnit method, Set<JavaCodeUnit> visited) {
        if (known.contains(method.getName()) || OWNERS.contains(method.getName()) || !visited.add(method)) {
            return true;
        }
        Set<? extends JavaAccess<?>> callers = method.getAccessesToSelf();
        return !callers.isEmpty()
                && callers.stream().allMatch(call -> isOnlyReachedThrough(known, call.getOrigin(), visited));
    }

    @SuppressWarnings("unchecked")
    private static Set<String> known() throws ReflectiveOperationException {
        Field methods = Class.forName("dev.poro.statemachine.RetiredArenas").getDeclaredField("METHODS");
        methods.setAccessible(true);
        return (Set<String>) methods.get(null);
    }
}
