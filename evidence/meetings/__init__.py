"""Review meetings: a frozen revision with its evidence set is talked about, voted on, and signed off or not."""
