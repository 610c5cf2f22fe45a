"""The commands about evidence, one file each: `run(arguments) -> exit code`."""
