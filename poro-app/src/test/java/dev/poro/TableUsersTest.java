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
import java.util.List;
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
    private static final Set<String> OWNERS =
            Set.of("<init>", "close", "retire", "beginRestore", "endRestore", "abandonRestore");

    /** Of these, readers and writer come in. */
    private static final Set<String> DOORS = Set.of("StateMachine", "Reads");

    /** They have a table in their hands only as long as a call lasts. */
    private static final Set<String> HOLDERS = Set.of("StateMachine", "Reads", "Changes", "CurrentTable");

    /** Of the module alone, without its tests. */
    private final JavaClasses classes = new ClassFileImporter()
            .importUrl(StateMachine.class.getProtectionDomain().getCodeSource().getLocation());

    @Test
    void everyMethodThatUsesATableIsKnownByName() throws ReflectiveOperationException {
        Set<String> known = known();
        List<JavaCodeUnit> users = HOLDERS.stream()
                .flatMap(holder -> classOf(holder).getCodeUnits().stream())
                .filter(TableUsersTest::usesTable)
                .collect(Collectors.toList());
        assertThat(users)
                .extracting(JavaCodeUnit::getName)
                .contains(
                        "readCopy",
                        "readInto",
                        "readReport",
                        "readEntries",
                        "carryOutRemove",
                        "expireDue",
                        "stepSnapshot");
        assertThat(users)
                .filteredOn(user -> !isOnlyReachedThrough(known, user, new HashSet<>()))
                .isEmpty();
    }

    @Test
    void nobodyElseGetsHoldOfATable() {
        Set<String> callers = HOLDERS.stream()
                .flatMap(holder -> classOf(holder).getMethods().stream())
                .filter(method -> method.getRawReturnType().getSimpleName().equals("Table"))
                .flatMap(method -> method.getAccessesToSelf().stream())
                .map(access -> access.getOriginOwner().getSimpleName())
                .filter(caller -> !HOLDERS.contains(caller))
                .collect(Collectors.toSet());
        assertThat(callers).containsExactlyInAnyOrder("PrefetchGroup", "SnapshotRestorer");
    }

    private JavaClass classOf(String simpleName) {
        return classes.get("dev.poro.statemachine." + simpleName);
    }

    private static boolean usesTable(JavaCodeUnit method) {
        return method.getMethodCallsFromSelf().stream()
                .map(call -> call.getTargetOwner().getSimpleName())
                .anyMatch(Set.of("Table", "EntryReader", "SnapshotWalk", "Index", "Entries")::contains);
    }

    private static boolean isOnlyReachedThrough(Set<String> known, JavaCodeUnit method, Set<JavaCodeUnit> visited) {
        boolean isDoor = DOORS.contains(method.getOwner().getSimpleName())
                && (known.contains(method.getName()) || OWNERS.contains(method.getName()));
        if (isDoor || !visited.add(method)) {
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
