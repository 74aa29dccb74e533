//! Compiles the chains of the application and its plugins into typed constants.

fn main() -> Result<(), stairwell_build::Report> {
    stairwell_build::compile()
}
