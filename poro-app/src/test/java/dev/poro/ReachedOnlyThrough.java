package dev.poro;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * Every chain of calls that ends with certain accesses comes through one of certain methods, the doors. Chains are
 * followed from the access upwards. One that comes to a method which nobody calls, or which anybody may call, without
 * having met a door has found another way in.
 */
final class ReachedOnlyThrough extends ArchCondition<JavaCodeUnit> {
    private final DescribedPredicate<JavaAccess<?>> guarded;
    private final DescribedPredicate<JavaCodeUnit> doors;
    private final Set<JavaCodeUnit> outsideTheDoors = new HashSet<>();

    ReachedOnlyThrough(DescribedPredicate<JavaAccess<?>> guarded, DescribedPredicate<JavaCodeUnit> doors) {
        super("%s only on the way of %s", guarded.getDescription(), doors.getDescription());
        this.guarded = guarded;
        this.doors = doors;
    }

    @Override
    public void init(Collection<JavaCodeUnit> all) {
        outsideTheDoors.clear();
        Deque<JavaCodeUnit> reached = new ArrayDeque<>();
        for (JavaCodeUnit unit : all) {
            if (unit.getAccessesFromSelf().stream().anyMatch(guarded)) {
                reached.add(unit);
            }
        }
        while (!reached.isEmpty()) {
            JavaCodeUnit unit = reached.remove();
            if (!doors.test(unit) && outsideTheDoors.add(unit)) {
                unit.getAccessesToSelf().forEach(access -> reached.add(access.getOrigin()));
            }
        }
    }

    @Override
    public void check(JavaCodeUnit unit, ConditionEvents events) {
        if (outsideTheDoors.contains(unit) && isWayIn(unit)) {
            events.add(SimpleConditionEvent.violated(unit, unit.getFullName() + " leads around the doors"));
        }
    }

    private static boolean isWayIn(JavaCodeUnit unit) {
        return unit.getAccessesToSelf().isEmpty() || (isPublic(unit.getModifiers()) && isPublic(ownerModifiers(unit)));
    }

    private static Set<JavaModifier> ownerModifiers(JavaCodeUnit unit) {
        return unit.getOwner().getModifiers();
    }

    private static boolean isPublic(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC);
    }
}
