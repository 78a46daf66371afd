/**
 * The real process: killed, starved, cut off from its disk, tampered with, and judged from outside by what was sent to
 * it, what it replied, and what its log holds afterwards. {@link dev.poro.process.Session} is one life of the program,
 * {@link dev.poro.process.Oracle} knows what its log must hold.
 */
package dev.poro.process;
