"""Forms of parameters: controls, lists of files, menus to save; tables of figures."""
