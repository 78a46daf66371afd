package dev.poro.perf.bench;

/** What an engine is to be opened with: its durability and the size of what it will hold. */
public record EngineSettings(Durability durability, Shape shape) {}
