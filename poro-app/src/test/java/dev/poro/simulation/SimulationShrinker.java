package dev.poro.simulation;

import dev.poro.simulation.SimulationPlan.Step;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Takes steps out of a plan that fails, as long as what is left still fails. */
final class SimulationShrinker {
    private SimulationShrinker() {}

    /** Why a plan fails, or {@code null}. */
    static Throwable failureOf(SimulationPlan plan) {
        try (Simulation simulation = new Simulation(plan)) {
            simulation.run();
            return null;
        } catch (RuntimeException | Error failure) {
            return failure;
        }
    }

    /** A plan of as few steps as possible that still fails: large pieces are tried first, then ever smaller ones. */
    static SimulationPlan shrink(SimulationPlan plan, Predicate<SimulationPlan> fails) {
        SimulationPlan smallest = plan;
        for (int length = Math.max(1, plan.steps().size() / 2); length > 0; length /= 2) {
            int from = 0;
            while (from < smallest.steps().size()) {
                List<Step> fewer = new ArrayList<>(smallest.steps());
                fewer.subList(from, Math.min(fewer.size(), from + length)).clear();
                SimulationPlan candidate = smallest.withSteps(fewer);
                if (fails.test(candidate)) {
                    smallest = candidate;
                } else {
                    from += length;
                }
            }
        }
        return smallest;
    }

    /** A failing plan, shrunk, with its failure. */
    static String describe(SimulationPlan plan) {
        SimulationPlan smallest = shrink(plan, candidate -> failureOf(candidate) != null);
        StringWriter text = new StringWriter();
        PrintWriter printer = new PrintWriter(text);
        printer.println(
                "of " + plan.steps().size() + " steps, " + smallest.steps().size() + " are enough:");
        printer.println(smallest);
        Throwable failure = failureOf(smallest);
        if (failure == null) {
            printer.println("but it does not fail each time");
        } else {
            failure.printStackTrace(printer);
        }
        return text.toString();
    }
}
