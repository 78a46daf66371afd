/**
 * The real process: killed, starved, cut off from its disk, tampered with, and judged from outside by what was sent to
 * it, what it replied, and what its log holds afterwards, with what {@code dev.poro.process.harness} has for that.
 */
package dev.poro.process;
