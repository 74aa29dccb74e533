//! Compiles the chain of E7.

fn main() -> Result<(), stairwell_build::Report> {
    stairwell_build::compile()
}
