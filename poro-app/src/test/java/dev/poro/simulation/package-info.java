/**
 * A whole store in a simulated world of one thread, from one seed after the other. A
 * {@link dev.poro.simulation.SimulationPlan} says what happens, a {@link dev.poro.simulation.Simulation} lets it
 * happen, a {@link dev.poro.simulation.SimulationOracle} knows what the store must hold, and
 * {@link dev.poro.simulation.ToolOracle} what the tools must say.
 *
 * <p>The disk is of {@code dev.poro.wal.simulated}. Into the engine it reaches by {@link dev.poro.engine.SteppedStore}
 * alone, which stays there with {@code SteppedProcessors}: both use what the engine shows nobody.
 */
package dev.poro.simulation;
