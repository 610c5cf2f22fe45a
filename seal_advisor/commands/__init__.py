"""The commands about the decision, one file each: `run(arguments) -> exit code`."""
