/**
 * What starts the real program in a process of its own, talks to it, tampers with its machine and judges it from
 * outside. {@link dev.poro.process.harness.PoroProcess} is any run of the program, {@link
 * dev.poro.process.harness.Session} one with a client that checks each reply, and {@link
 * dev.poro.process.harness.Oracle} knows what its log must hold. Where the machine lacks what a test needs, {@link
 * dev.poro.process.harness.Machine} has the test skipped.
 */
package dev.poro.process.harness;
