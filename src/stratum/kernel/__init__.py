"""What everything else is built from: ids, clocks, errors, the JSON codec, limits. No I/O, no imports of ours."""
