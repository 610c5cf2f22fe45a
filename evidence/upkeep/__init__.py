"""What happens to packages by themselves: built again on a schedule, told about, deleted when their time is over."""
